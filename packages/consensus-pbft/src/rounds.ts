/**
 * How long rounds last, and what a proposer asks its host for (pbft R1, R6).
 *
 * @module
 */
import type { Effect, Millis, RequestId } from '@fiducia/consensus';
import type { PbftConfig } from './config.ts';
import type { HeightState } from './height.ts';
import type { Round } from './message.ts';

/** Rounds after which the time-out no longer grows. */
const DOUBLINGS_MAX = 8;

/** When a round that is entered now begins and ends: round 0 begins after the block time. */
export function roundTimes({ parent, round }: HeightState, config: PbftConfig, now: Millis) {
  const start = round === 0 ? Math.max(now, parent.header.timestamp + config.blockTimeMs) : now;
  const doubled = config.roundTimeoutMs * 2 ** Math.min(round, DOUBLINGS_MAX);
  return { start, end: start + doubled };
}

/** Asks for a block for a round. */
export function buildRequest({ height, parent }: HeightState, round: Round, config: PbftConfig, now: Millis) {
  const { id: parentId, timestamp } = parent.header;
  return {
    kind: 'buildBlock',
    requestId: `build/${height}/${round}`,
    parentId,
    timestamp: Math.max(now, timestamp + config.blockTimeMs),
    digest: new Uint8Array(),
    // Later, others would not get through the votes before the round ends.
    deadline: now + (config.roundTimeoutMs >>> 1),
  } satisfies Effect;
}

/** Round that a request is about: the last part of its id. */
export function roundOf(requestId: RequestId): Round {
  return Number(requestId.slice(requestId.lastIndexOf('/') + 1));
}
