/**
 * Composition root of a Fiducia node: modules in, a running node out.
 *
 * @packageDocumentation
 */
export {};
