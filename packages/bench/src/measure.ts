/**
 * Measuring two things in one run, so that a busy machine slows both.
 *
 * @module
 */
import { Bench } from 'tinybench';

/** A measured pair. */
export interface Measurement {
  /** What was measured. */
  readonly name: string;
  /** Operations a second, median of the samples. */
  readonly operationsPerSecond: number;
  /** What it is compared with. */
  readonly peer: string;
  /** Operations a second of the peer. */
  readonly peerOperationsPerSecond: number;
  /** Own speed over the peer's. */
  readonly ratio: number;
  /** Least ratio that is promised; `null` if the figure only informs. */
  readonly ratioMin: number | null;
}

/** Something to run again and again; a promise is waited for. */
export interface Subject {
  readonly name: string;
  readonly run: () => unknown;
}

const SAMPLE_TIME_MS = 1_000;

/** Runs both subjects one after the other and compares their medians. */
export async function compare(subject: Subject, peer: Subject, ratioMin: number | null): Promise<Measurement> {
  const own = await operationsPerSecond(subject);
  const other = await operationsPerSecond(peer);
  return {
    name: subject.name,
    operationsPerSecond: Math.round(own),
    peer: peer.name,
    peerOperationsPerSecond: Math.round(other),
    ratio: Math.round((own / other) * 1_000) / 1_000,
    ratioMin,
  };
}

/**
 * Runs a subject for which a specification names a speed in absolute terms.
 *
 * Counts processor time, so that a busy machine does not break the promise.
 */
export function requireSpeed(subject: Subject, limit: string, operationsPerSecondMin: number): Measurement {
  const own = processorSpeed(subject);
  return {
    name: subject.name,
    operationsPerSecond: Math.round(own),
    peer: limit,
    peerOperationsPerSecond: operationsPerSecondMin,
    ratio: Math.round((own / operationsPerSecondMin) * 1_000) / 1_000,
    ratioMin: 1,
  };
}

/** Operations per second of processor time, after as many to warm up. */
function processorSpeed({ run }: Subject): number {
  countRuns(run);
  return (countRuns(run) * 1_000) / SAMPLE_TIME_MS;
}

/** Runs in {@link SAMPLE_TIME_MS} of processor time, parts of the last one included. */
function countRuns(run: () => unknown): number {
  const start = process.cpuUsage();
  for (let count = 1; ; count++) {
    run();
    const { user, system } = process.cpuUsage(start);
    const spentMs = (user + system) / 1_000;
    if (spentMs >= SAMPLE_TIME_MS) return (count * SAMPLE_TIME_MS) / spentMs;
  }
}

async function operationsPerSecond({ name, run }: Subject): Promise<number> {
  const bench = new Bench({ time: SAMPLE_TIME_MS, warmupTime: SAMPLE_TIME_MS / 4, throws: true });
  bench.add(name, run);
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} was not measured`);
  return 1_000 / result.latency.p50;
}
