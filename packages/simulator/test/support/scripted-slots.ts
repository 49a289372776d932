/** A protocol of slots whose leaders stand in its configuration, and take turns when the list is over. */
import {
  type ActorId,
  ByteReader,
  type Bytes,
  ByteWriter,
  type ConsensusPlugin,
  type ConsensusRules,
  createSlotEngine,
  decodeSlotDigest,
  definePlugin,
  encodeSlotDigest,
  reject,
  SEAL_DOMAIN,
  slotAt,
  slotStart,
  type Validator,
} from '@fiducia/consensus';

interface ScriptedConfig {
  readonly slotMs: number;
  readonly members: readonly ActorId[];
  /** Index of the member that leads slot 1, 2, … */
  readonly leaders: readonly number[];
}

interface ScriptedState {
  readonly slotZero: number;
  readonly slot: number;
  readonly validators: readonly Validator[];
}

const createRules = ({ slotMs, members, leaders }: ScriptedConfig): ConsensusRules<ScriptedState> => ({
  codec: { encode: encodeState, decode: decodeState },
  finality: { kind: 'settle', depth: () => members.length },

  initialState({ parent, handover: { validators } }) {
    return { slotZero: parent.timestamp, slot: 0, validators };
  },

  verifyHeader({ digest, timestamp, author: signer, sealHash: data, seal: signature }, { state }, now) {
    const slot = decodeSlotDigest(digest)?.slot ?? 0;
    if (timestamp !== state.slotZero + slotStart(slot, slotMs)) return reject('WRONG_TIME');
    if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
    if (signer !== leaderOf(members, leaders, slot)) return reject('WRONG_LEADER');
    if (timestamp > now) return { kind: 'defer', until: timestamp };
    return { kind: 'accept', claims: [{ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }] };
  },

  applyHeader: (state, { timestamp }) => ({ ...state, slot: slotAt(timestamp - state.slotZero, slotMs) }),
  validators: ({ validators }) => validators,
  exportHandover: ({ validators }, { sealHash }) => ({ validators, randomness: sealHash, extra: new Map() }),

  conflictKey(artefact) {
    if (artefact.kind !== 'header') return undefined;
    return `${artefact.header.author}/${decodeSlotDigest(artefact.header.digest)?.slot}`;
  },
});

function leaderOf(members: readonly ActorId[], leaders: readonly number[], slot: number): ActorId | undefined {
  return members[leaders[slot - 1] ?? slot % members.length];
}

function encodeState({ slotZero, slot, validators }: ScriptedState): Iterable<Bytes> {
  return [
    new ByteWriter()
      .uint(slotZero, 8)
      .uint(slot, 6)
      .text(validators.map(({ id }) => id).join())
      .finish(),
  ];
}

function decodeState(chunks: Iterable<Bytes>): ScriptedState {
  const [bytes = new Uint8Array()] = chunks;
  const reader = new ByteReader(bytes, 'scripted state');
  const [slotZero, slot, ids] = [reader.uint(8), reader.uint(6), reader.text()];
  reader.finish();
  return { slotZero, slot, validators: ids.split(',').map((id) => ({ id, weight: 1n })) };
}

/** Creates the plugin. */
export function scriptedSlots(): ConsensusPlugin {
  return definePlugin<ScriptedConfig, ScriptedState>({
    name: 'scripted-slots',
    version: '1.0.0',
    contract: 1,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'byzantine', numerator: 1, denominator: 2 },
    },
    requires: { facts: [], claims: ['signature'], directives: [], validators: true },
    parseConfig: (raw) => raw as ScriptedConfig,
    createRules,
    createEngine: ({ slotMs, members, leaders }, _rules, context) =>
      createSlotEngine(
        {
          slotMs,
          leaderOf: (_state, slot) => leaderOf(members, leaders, slot),
          alphaOf: () => undefined,
          digestOf: (_state, slot) => encodeSlotDigest({ slot }),
          slotIn: (digest) => decodeSlotDigest(digest)?.slot,
          report: () => [],
        },
        context,
      ),
  }) as ConsensusPlugin;
}
