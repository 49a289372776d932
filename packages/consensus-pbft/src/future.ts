/**
 * Messages for heights that are still to come (pbft N2).
 *
 * @module
 */
import {
  type ActorId,
  type BufferUsage,
  type ConsensusHeader,
  compareBytes,
  type Height,
  type PeerId,
  type SignedMessage,
} from '@fiducia/consensus';
import type { PbftMessage } from './message.ts';

/** Messages that all seats together may leave here. */
const FUTURE_MESSAGES = 1_000;

/** Least room of every seat, and the common room of everybody else. */
const PER_SENDER_MIN = 8;

/** A message as it arrived. */
export interface Arrival {
  /** Peer that forwarded it. */
  readonly from: PeerId;
  readonly message: SignedMessage;
  /** Block that travelled with it, if it is the one that the message is about. */
  readonly header: ConsensusHeader | undefined;
}

interface Kept extends Arrival {
  readonly sender: ActorId | null;
}

/**
 * Buffer with room for every seat: one sender can fill no more than its own share, and nobody else can fill it either, since
 * what is here already takes no more room. Everybody without a seat shares one place, since anybody can make up keys.
 */
export class FutureBuffer {
  readonly #byHeight = new Map<Height, Kept[]>();
  readonly #counts = new Map<ActorId | null, number>();
  #largestShare = PER_SENDER_MIN;

  /** Number of messages kept. */
  get size(): number {
    let size = 0;
    for (const count of this.#counts.values()) size += count;
    return size;
  }

  /** How full the buffer is; after a change of seats by the largest share that a seat had before. */
  usage(): readonly BufferUsage[] {
    let ofSeat = 0;
    for (const [sender, count] of this.#counts) if (sender !== null) ofSeat = Math.max(ofSeat, count);
    return [
      { name: 'futureMessagesPerSeat', count: ofSeat, max: this.#largestShare },
      { name: 'futureMessagesOfStrangers', count: this.#counts.get(null) ?? 0, max: PER_SENDER_MIN },
    ];
  }

  /**
   * Keeps a message, unless it is here already or the room of its sender is used up.
   *
   * @param sender - Its author, or `null` if that holds no seat.
   * @param seats - Number of seats.
   */
  add(height: Height, arrival: Arrival, sender: ActorId | null, seats: number): boolean {
    const count = this.#counts.get(sender) ?? 0;
    const share = perSenderMax(seats);
    this.#largestShare = Math.max(this.#largestShare, share);
    if (count >= (sender === null ? PER_SENDER_MIN : share)) return false;
    const arrivals = this.#byHeight.get(height) ?? [];
    // Whoever passes a message on can put it into as many envelopes as it likes.
    if (arrivals.some((kept) => isCopy(kept, arrival))) return false;
    this.#counts.set(sender, count + 1);
    this.#byHeight.set(height, arrivals);
    arrivals.push({ ...arrival, sender });
    return true;
  }

  /** Takes out the messages of a height in order of arrival, and forgets those of lower ones. */
  take(height: Height): readonly Arrival[] {
    const due = this.#byHeight.get(height) ?? [];
    for (const [old, arrivals] of this.#byHeight) {
      if (old > height) continue;
      this.#byHeight.delete(old);
      for (const { sender } of arrivals) this.#counts.set(sender, (this.#counts.get(sender) ?? 1) - 1);
    }
    return due;
  }
}

/** The header that came with a message, if it is of the block that the message is about: nobody signed what came along. */
export function headerFor(message: PbftMessage, header: ConsensusHeader | undefined): ConsensusHeader | undefined {
  if (header === undefined || (message.kind !== 'proposal' && message.kind !== 'prepared')) return undefined;
  const { digest } = message.kind === 'proposal' ? message : message.certificate;
  const isOfBlock = header.seal.length === 0 && compareBytes(header.sealHash, digest) === 0;
  return isOfBlock ? header : undefined;
}

function isCopy(a: Arrival, b: Arrival): boolean {
  const isSameMessage =
    a.message.author === b.message.author && compareBytes(a.message.payload, b.message.payload) === 0;
  return isSameMessage && a.header?.id === b.header?.id;
}

/** Fair share of the common room, rounded up. */
function perSenderMax(seats: number): number {
  let share = PER_SENDER_MIN;
  while (share * seats < FUTURE_MESSAGES) share += 1;
  return share;
}
