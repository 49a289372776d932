/**
 * What an experiment gives back, and how its counts come about.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { LeaderSchedule } from '../scenario/result.ts';

/** A published experiment: Fig. 4(a) with six honest nodes, Fig. 4(b) with a malicious node 6. */
export type ExperimentName = 'fig4a' | 'fig4b';

/** `model`: trust and election rules alone. `nodes`: six complete nodes. */
export type ExperimentLevel = 'model' | 'nodes';

/** Settings of an experiment. */
export interface ExperimentOptions {
  /** How much of the system takes part. */
  readonly level: ExperimentLevel;
  /** How leaders are drawn. */
  readonly schedule: LeaderSchedule;
}

/** The JSON object that `fiducia experiment … --json` prints. */
export interface ExperimentResult {
  /** Elections of nodes 1 to 6. */
  readonly counts: readonly number[];
  /** SHA-256 over one byte per slot, the index of its leader; hex. */
  readonly sha256: string;
  /** Slots played. */
  readonly rounds: number;
  /** Height of the chain. */
  readonly blocks: number;
  /** As asked for. */
  readonly level: ExperimentLevel;
  /** As asked for. */
  readonly schedule: LeaderSchedule;
}

/** Slots of every experiment: the first 250 blocks of the paper. */
export const EXPERIMENT_ROUNDS = 250;

/** Consensus nodes of every experiment. */
export const EXPERIMENT_NODES = 6;

/** Node that is malicious in Fig. 4(b). */
export const MALICIOUS_NODE = 6;

/** Counts and hash of a sequence of leaders. */
export function summariseLeaders(leaders: readonly number[]): Pick<ExperimentResult, 'counts' | 'sha256'> {
  const counts = Array.from(
    { length: EXPERIMENT_NODES },
    (_, index) => leaders.filter((leader) => leader === index).length,
  );
  return { counts, sha256: createHash('sha256').update(Uint8Array.from(leaders)).digest('hex') };
}
