/**
 * Drives any Fiducia consensus plugin over six ports: block tree, import, fork choice, evidence, timers.
 *
 * @packageDocumentation
 */
export {};
