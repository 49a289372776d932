/**
 * What consensus knows after a block: the target of the next one and the times behind it.
 *
 * @module
 */
import { ByteReader, type Bytes, ByteWriter, ConsensusError, type Millis, type StateCodec } from '@fiducia/consensus';
import type { PowConfig } from './config.ts';
import { computeRetarget, medianTimePast } from './retarget.ts';
import { decodeTarget, encodeTarget } from './target.ts';

/** Consensus state after a block. Heights in the rules count from the era's parent, which has 0. */
export interface PowState {
  /** Blocks since the start of the era. */
  readonly blocks: number;
  /** Target that the next block must meet (pos-pow D1). */
  readonly target: bigint;
  /** Median time at the boundary from which the running window is measured (pos-pow D2). */
  readonly windowStart: Millis;
  /** Timestamps of the last `mtpBlocks` blocks, or of all there are, oldest first (pos-pow T1). */
  readonly timestamps: readonly Millis[];
}

const COUNT_BYTES = 8;
const TIME_BYTES = 8;

/** State before the first block of an era: its parent takes the place of genesis. */
export function createInitialState(parentTimestamp: Millis, config: PowConfig): PowState {
  return {
    blocks: 0,
    target: config.genesisTarget,
    windowStart: parentTimestamp,
    timestamps: [parentTimestamp],
  };
}

/** State after one more block with this timestamp. */
export function advanceState(state: PowState, timestamp: Millis, config: PowConfig): PowState {
  const { windowBlocks, mtpBlocks, fixedTarget } = config;
  const { target: earlier, windowStart } = state;
  const blocks = state.blocks + 1;
  const timestamps = withNewest(state.timestamps, timestamp, mtpBlocks);
  const next = blocks + 1;
  // D1: only a block at a multiple of R has a new target; D5: or none has.
  if (fixedTarget || next % windowBlocks !== 0) return { blocks, target: earlier, windowStart, timestamps };

  const median = medianTimePast(timestamps);
  // D2: the first window begins with genesis itself, so it is one interval shorter.
  const intervals = next === windowBlocks ? windowBlocks - 1 : windowBlocks;
  const target = computeRetarget({
    target: earlier,
    actualMs: median - windowStart,
    expectedMs: intervals * config.spacingMs,
    clamp: config.clamp,
    powLimit: config.powLimit,
  });
  return { blocks, target, windowStart: median, timestamps };
}

/** A list that is added to gets room for dozens more, and this one is kept for every block. */
function withNewest(timestamps: readonly Millis[], newest: Millis, max: number): readonly Millis[] {
  if (timestamps.length < max) return [...timestamps, newest];
  const list = timestamps.slice(timestamps.length - max);
  for (let index = 1; index < max; index++) list[index - 1] = list[index] as Millis;
  list[max - 1] = newest;
  return list;
}

/** Codec of states: one chunk of fixed-width fields. */
export function createStateCodec(config: PowConfig): StateCodec<PowState> {
  return {
    *encode(state) {
      const writer = new ByteWriter().uint(state.blocks, COUNT_BYTES).bytes(encodeTarget(state.target));
      writer.uint(state.windowStart, TIME_BYTES);
      for (const timestamp of state.timestamps) writer.uint(timestamp, TIME_BYTES);
      yield writer.finish();
    },
    decode(chunks) {
      const [chunk = new Uint8Array(), ...more] = chunks;
      if (more.length > 0) refuse('second chunk');
      return decodeState(chunk, config);
    },
  };
}

function decodeState(bytes: Bytes, config: PowConfig): PowState {
  const reader = new ByteReader(bytes, 'pow state');
  const blocks = reader.uint(COUNT_BYTES);
  const target = decodeTarget(reader.bytes());
  if (target === undefined || target < 1n || target > config.powLimit) return refuse('pow target');
  const windowStart = reader.uint(TIME_BYTES);
  const count = Math.min(blocks + 1, config.mtpBlocks);
  const timestamps = Array.from({ length: count }, () => reader.uint(TIME_BYTES));
  reader.finish();
  return { blocks, target, windowStart, timestamps };
}

function refuse(what: string): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what, offset: 0 });
}
