/**
 * Headers, inputs and errors in words, for reports.
 *
 * @module
 */
import type { ConsensusHeader, Effect, Input } from '@fiducia/consensus';
import { toHex } from './inspect/hash.ts';

const ID_SHOWN = 10;
const BYTES_SHOWN = 24;

/** One line for a header. */
export function describeHeader(header: ConsensusHeader): string {
  const { id, height, timestamp, author, digest, seal } = header;
  const bytes = (value: Uint8Array): string =>
    `${toHex(value.subarray(0, BYTES_SHOWN))}${value.length > BYTES_SHOWN ? '…' : ''}`;
  return `header ${id.slice(0, ID_SHOWN)} height ${height} time ${timestamp} author ${author.slice(0, ID_SHOWN)} digest 0x${bytes(digest)} seal 0x${bytes(seal)}`;
}

/** One line for an input of an engine. */
export function describeInput(input: Input<unknown>): string {
  switch (input.kind) {
    case 'headChanged':
      return `headChanged to ${input.head.header.id.slice(0, ID_SHOWN)} at height ${input.head.header.height}`;
    case 'finalized':
      return `finalized up to height ${input.header.height}`;
    case 'timerElapsed':
      return `timerElapsed ${input.timerId}`;
    case 'messageReceived': {
      const { author, payload } = input.message;
      return `messageReceived of ${author.slice(0, ID_SHOWN)}, ${payload.length} bytes 0x${toHex(payload.subarray(0, BYTES_SHOWN))}`;
    }
    case 'syncChanged':
      return `syncChanged to ${input.behind ? 'behind' : 'caught up'}`;
    case 'blockValidated':
      return `blockValidated ${input.blockId.slice(0, ID_SHOWN)}: ${input.result}`;
    default:
      return `${input.kind} ${input.requestId}`;
  }
}

/** One word or two for an effect. */
export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'setTimer':
      return `setTimer ${effect.timerId}`;
    case 'trace':
      return `trace ${effect.event}`;
    default:
      return effect.kind;
  }
}

/** What was thrown, in one line. */
export function describeThrown(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}
