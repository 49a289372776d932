import {
  type ActorId,
  accept,
  ByteReader,
  ByteWriter,
  type ConsensusPlugin,
  defer,
  definePlugin,
  type Effect,
  type Millis,
  reject,
  SEAL_DOMAIN,
  type Tip,
} from '@fiducia/consensus';

/** Configuration of {@link turns}. */
export interface TurnsConfig {
  readonly slotMs: Millis;
  readonly authorities: readonly ActorId[];
}

interface TurnsState {
  readonly slot: number;
}

const SLOT_BYTES = 6;

/** The smallest plugin with slots: authorities of the configuration take turns, one timestamp per slot. */
export function turns(): ConsensusPlugin<TurnsConfig, TurnsState> {
  return definePlugin<TurnsConfig, TurnsState>({
    name: 'turns',
    version: '1.0.0',
    contract: 1,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'settle',
      forks: true,
      faults: { kind: 'crash', numerator: 1, denominator: 2 },
    },
    requires: { facts: [], claims: ['signature'], directives: [], validators: false },
    parseConfig: (raw) => raw as TurnsConfig,

    createRules: (config) => ({
      codec: {
        encode: ({ slot }) => [new ByteWriter().uint(slot, SLOT_BYTES).finish()],
        decode: ([chunk = new Uint8Array()]: Iterable<Uint8Array> & readonly Uint8Array[]) => ({
          slot: new ByteReader(chunk, 'turns state').uint(SLOT_BYTES),
        }),
      },
      finality: { kind: 'settle', depth: () => config.authorities.length },
      initialState: ({ parent }) => ({ slot: parent.timestamp / config.slotMs }),
      verifyHeader(header, parent, now) {
        const slot = header.timestamp / config.slotMs;
        if (!Number.isInteger(slot) || slot <= parent.state.slot) return reject('SLOT_NOT_INCREASING');
        if (header.author !== leaderOf(config, slot)) return reject('WRONG_LEADER');
        if (header.timestamp > now) return defer(header.timestamp);
        const { author, sealHash, seal } = header;
        return accept([{ kind: 'signature', signer: author, domain: SEAL_DOMAIN, data: sealHash, signature: seal }]);
      },
      applyHeader: (_state, header) => ({ slot: header.timestamp / config.slotMs }),
      validators: () => config.authorities.map((id) => ({ id, weight: 1n })),
      exportHandover: (_state, header) => ({ validators: [], randomness: header.sealHash, extra: new Map() }),
    }),

    createEngine(config, _rules, { self }) {
      let head: Tip<TurnsState>;
      const nextSlot = (now: Millis): Effect => {
        const at = (Math.floor(now / config.slotMs) + 1) * config.slotMs;
        return { kind: 'setTimer', timerId: 'slot', at };
      };
      const build = (now: Millis): readonly Effect[] => {
        const slot = Math.floor(now / config.slotMs);
        if (slot <= head.state.slot || leaderOf(config, slot) !== self) return [];
        const timestamp = slot * config.slotMs;
        const deadline = now + config.slotMs;
        const requestId = `slot/${slot}`;
        return [
          { kind: 'buildBlock', requestId, parentId: head.header.id, timestamp, digest: new Uint8Array(), deadline },
        ];
      };
      return {
        start(start, now) {
          head = start.head;
          return [nextSlot(now)];
        },
        on(input, now) {
          if (input.kind === 'headChanged') head = input.head;
          if (input.kind === 'timerElapsed') return [nextSlot(now), ...build(now)];
          if (input.kind !== 'blockBuilt' || input.header === null) return [];
          const guard = { lane: 'seal', sequence: [input.header.timestamp] };
          return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
        },
      };
    },
  });
}

function leaderOf({ authorities }: TurnsConfig, slot: number): ActorId | undefined {
  return authorities[slot % authorities.length];
}
