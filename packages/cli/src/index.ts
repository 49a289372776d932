/**
 * The fiducia command: demo network, experiments and reports.
 *
 * @packageDocumentation
 */
export {};
