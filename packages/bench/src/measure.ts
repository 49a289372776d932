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

/** Something to run again and again. */
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

async function operationsPerSecond({ name, run }: Subject): Promise<number> {
  const bench = new Bench({ time: SAMPLE_TIME_MS, warmupTime: SAMPLE_TIME_MS / 4, throws: true });
  bench.add(name, () => {
    run();
  });
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} was not measured`);
  return 1_000 / result.latency.p50;
}
