/**
 * Integer arithmetic of the dynamic trust model: factors, windows, idle loss, composite trust and tiers.
 *
 * @packageDocumentation
 */
export {};
