/**
 * Round-robin authority: a circle of validators takes slots of fixed length in turn.
 *
 * A complete consensus plugin in at most 100 lines of code: header rules, state with a canonical
 * codec, block production with a double-sign guard, and expulsion of authorities that sign two
 * blocks for one slot. The README explains every part.
 *
 * @packageDocumentation
 */
import type { Bytes, ConsensusEngine, ConsensusPlugin, ConsensusRules, Tip, Validator } from '@fiducia/consensus';
import { ByteReader, ByteWriter, ConsensusError, definePlugin, reject, SEAL_DOMAIN, slotAt } from '@fiducia/consensus';

/** Configuration of {@link roundRobin}. */
export interface RoundRobinConfig {
  /** Slot duration in milliseconds, an integer from 100 to 3 600 000. @default 1000 */
  readonly slotMs: number;
}

/** Consensus state after a block. */
export interface RoundRobinState {
  /** Slot of the block, or of the era's parent. */
  readonly slot: number;
  /** Authorities in turn order, each of weight 1; never empty. */
  readonly authorities: readonly Validator[];
}

const leaderOf = ({ authorities }: RoundRobinState, slot: number) => authorities[slot % authorities.length]?.id;

function encodeState({ slot, authorities }: RoundRobinState): Iterable<Bytes> {
  const ids = authorities.map(({ id }) => id);
  return [new ByteWriter().uint(slot, 6).text(ids.join()).finish()];
}

function decodeState(chunks: Iterable<Bytes>): RoundRobinState {
  const [bytes = new Uint8Array(), ...more] = chunks;
  if (more.length > 0) throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'second chunk', offset: 0 });
  const reader = new ByteReader(bytes, 'round-robin state');
  const [slot, ids] = [reader.uint(6), reader.text().split(',')];
  reader.finish();
  return { slot, authorities: ids.map((id) => ({ id, weight: 1n })) };
}

function createRules({ slotMs }: RoundRobinConfig): ConsensusRules<RoundRobinState> {
  return {
    codec: { encode: encodeState, decode: decodeState },

    // Slots rotate, so this many blocks on top come from more than half of the authorities.
    finality: { kind: 'settle', depth: ({ authorities }) => Math.floor(authorities.length / 2) + 1 },

    // The host has refused an era without validators of positive weight, see `requires`.
    initialState({ handover, parent }) {
      const eligible = handover.validators.filter(({ weight }) => weight > 0n);
      return { slot: slotAt(parent.timestamp, slotMs), authorities: eligible.map(({ id }) => ({ id, weight: 1n })) };
    },

    verifyHeader({ digest, timestamp, author: signer, sealHash: data, seal: signature }, { state }, now) {
      const slot = slotAt(timestamp, slotMs);
      if (digest.length > 0) return reject('BAD_DIGEST');
      if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
      if (signer !== leaderOf(state, slot)) return reject('WRONG_LEADER');
      if (timestamp > now) return { kind: 'defer', until: timestamp };
      return { kind: 'accept', claims: [{ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }] };
    },

    applyHeader(state, { timestamp }, facts) {
      const offenders = facts.map((fact) => (fact.kind === 'evidence' ? fact.evidence.offender : ''));
      const honest = state.authorities.filter(({ id }) => !offenders.includes(id));
      // An empty circle would stop the chain for good; and an unchanged one stays the same object.
      const isKept = honest.length === 0 || honest.length === state.authorities.length;
      return { slot: slotAt(timestamp, slotMs), authorities: isKept ? state.authorities : honest };
    },

    validators: (state) => state.authorities,
    directives: (_state, { author }) => [{ kind: 'reward', actor: author, units: 1n }],
    exportHandover: (state, header) => ({
      validators: state.authorities,
      randomness: header.sealHash,
      extra: new Map(),
    }),

    // Two signed blocks of one author in one slot are proof of misbehaviour; the host finds them.
    conflictKey(artefact) {
      if (artefact.kind !== 'header') return undefined;
      return `${artefact.header.author}/${slotAt(artefact.header.timestamp, slotMs)}`;
    },
  };
}

function createEngine(slotMs: number, self: string | null): ConsensusEngine<RoundRobinState> {
  let head: Tip<RoundRobinState>;
  let behind: boolean;
  const timerFor = (slot: number) => ({ kind: 'setTimer', timerId: 'slot', at: slot * slotMs }) as const;
  return {
    start(start, now) {
      ({ head, behind } = start);
      return [timerFor(slotAt(now, slotMs) + 1)];
    },

    on(input, now) {
      const slot = slotAt(now, slotMs);
      if (input.kind === 'headChanged') head = input.head;
      if (input.kind === 'syncChanged') behind = input.behind;
      if (input.kind === 'blockBuilt' && input.header !== null) {
        const guard = { lane: 'seal', sequence: [slotAt(input.header.timestamp, slotMs)] };
        return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
      }
      if (input.kind !== 'timerElapsed') return [];
      const timer = timerFor(slot + 1);
      if (behind || slot <= head.state.slot || leaderOf(head.state, slot) !== self) return [timer];
      const block = { parentId: head.header.id, timestamp: now, digest: new Uint8Array(), deadline: timer.at };
      return [timer, { kind: 'buildBlock', requestId: `slot ${slot}`, ...block }];
    },
  };
}

function parseConfig(raw: unknown): RoundRobinConfig {
  const { slotMs = 1_000 } = (raw ?? {}) as Partial<RoundRobinConfig>;
  if (Number.isSafeInteger(slotMs) && slotMs >= 100 && slotMs <= 3_600_000) return { slotMs };
  throw new ConsensusError({ code: 'INVALID_CONFIG', path: 'slotMs', reason: 'must be an integer in [100, 3600000]' });
}

/** Creates the plugin. */
export function roundRobin(): ConsensusPlugin<RoundRobinConfig, RoundRobinState> {
  const faults = { kind: 'crash', numerator: 1, denominator: 2 } as const;
  return definePlugin({
    name: 'round-robin',
    version: '1.0.0',
    contract: 1,
    traits: { role: 'production', leader: 'slot', finality: 'settle', forks: true, faults },
    requires: { facts: ['evidence'], claims: ['signature'], directives: ['reward'], validators: true },
    parseConfig,
    createRules,
    createEngine: ({ slotMs }, _rules, { self }) => createEngine(slotMs, self),
  });
}
