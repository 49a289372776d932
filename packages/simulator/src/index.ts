/**
 * Deterministic simulation of whole Fiducia networks from one seed: virtual clock, seeded network, adversaries, trace hash.
 *
 * @packageDocumentation
 */
export {};
