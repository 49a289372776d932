/**
 * Time that a piece of work takes.
 *
 * @module
 */

/** Time between a start and a stop. */
export interface Elapsed {
  /** Processor time of the process, which on an idle machine is that of one core and some of the garbage collector's. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Starts a watch; the returned function reads it. */
export function startWatch(): () => Elapsed {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { cpuSeconds: rounded((user + system) / 1e6), wallSeconds: rounded((performance.now() - wall) / 1e3) };
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
