import {
  type ActorId,
  ByteReader,
  ByteWriter,
  ConsensusError,
  type StateCodec,
  type Validator,
} from '@fiducia/consensus';

/** What must be known of the past to judge the next block. Immutable: siblings share the state of their parent. */
export interface State {
  /** Time at which slot 0 begins. */
  readonly slotZero: number;
  /** Slot of the block; 0 before the first one. */
  readonly slot: number;
  /** How many blocks up to this one have slots that follow on each other, itself included; at most 3 are counted. */
  readonly streak: number;
  /** Who votes, one vote each, and leads slots in turn. The same for the whole era. */
  readonly validators: readonly Validator[];
  /** Who has been punished for voting twice. */
  readonly punished: readonly ActorId[];
}

/** Whose turn a slot is. */
export function leaderOf({ validators }: State, slot: number): ActorId | undefined {
  return validators[slot % validators.length]?.id;
}

/** Exactly one encoding for each state, and nothing else decodes. */
export const codec: StateCodec<State> = {
  encode({ slotZero, slot, streak, validators, punished }) {
    const writer = new ByteWriter().uint(slotZero, 6).uint(slot, 6).uint(streak, 1);
    for (const ids of [validators.map(({ id }) => id), punished]) {
      writer.uint(ids.length, 2);
      for (const id of ids) writer.text(id);
    }
    return [writer.finish()];
  },
  decode(chunks) {
    const [bytes = new Uint8Array(), ...more] = chunks;
    if (more.length > 0) throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'second chunk', offset: 0 });
    const reader = new ByteReader(bytes, 'state');
    const ids = () => Array.from({ length: reader.uint(2) }, () => reader.text());
    const [slotZero, slot, streak] = [reader.uint(6), reader.uint(6), reader.uint(1)];
    const [validators, punished] = [ids().map((id) => ({ id, weight: 1n })), ids()];
    reader.finish();
    return { slotZero, slot, streak, validators, punished };
  },
};
