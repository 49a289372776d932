/**
 * Dependency-injection tokens and modules that wire Fiducia ports and plugins with tsyringe.
 *
 * @packageDocumentation
 */
export {};
