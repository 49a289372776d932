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
  /** Slot of the block. */
  readonly slot: number;
  /** Who takes turns, in this order; never empty. */
  readonly validators: readonly Validator[];
}

/** Whose turn a slot is. */
export function leaderOf({ validators }: State, slot: number): ActorId | undefined {
  return validators[slot % validators.length]?.id;
}

/** Exactly one encoding for each state, and nothing else decodes. */
export const codec: StateCodec<State> = {
  encode({ slotZero, slot, validators }) {
    const writer = new ByteWriter().uint(slotZero, 6).uint(slot, 6).uint(validators.length, 2);
    for (const { id } of validators) writer.text(id);
    return [writer.finish()];
  },
  decode(chunks) {
    const [bytes = new Uint8Array(), ...more] = chunks;
    if (more.length > 0) throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'second chunk', offset: 0 });
    const reader = new ByteReader(bytes, 'state');
    const [slotZero, slot] = [reader.uint(6), reader.uint(6)];
    const validators = Array.from({ length: reader.uint(2) }, () => ({ id: reader.text(), weight: 1n }));
    reader.finish();
    return { slotZero, slot, validators };
  },
};
