/**
 * Faults for the reference plugins: what the kit must notice (contract CK-23).
 *
 * @module
 */
import {
  type ConsensusEngine,
  type ConsensusPlugin,
  type ConsensusRules,
  type Effect,
  SEAL_DOMAIN,
} from '@fiducia/consensus';
import type { ItemId } from '../item.ts';
import { referenceNotary } from './notary.ts';
import { decodeTurnsState, encodeTurnsState, referenceTurns, type TurnsConfig, type TurnsState } from './turns.ts';

/** A fault with the requirement that must fail because of it. */
export interface PlantedFault {
  /** What the plugin does, in words. */
  readonly name: string;
  readonly item: ItemId;
  /** A reference plugin that does it. */
  readonly plugin: () => ConsensusPlugin;
}

type Rules = ConsensusRules<TurnsState>;
type Plugin = ConsensusPlugin<TurnsConfig, TurnsState>;

/** All of them. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  fault('keeps a counter between calls', 'CK-01', inRules(countCalls)),
  fault('reads the clock', 'CK-01', inRules(readClock)),
  fault('sorts the list it was given', 'CK-02', inRules(sortInPlace)),
  fault(
    'reads a state with bytes behind it',
    'CK-03',
    inRules((rules) => ({ ...rules, codec: { encode: encodeTurnsState, decode: decodeLoosely } })),
  ),
  fault(
    'counts in halves',
    'CK-04',
    inRules((rules) => ({ ...rules, finality: { kind: 'settle', depth: ({ members }) => members.length / 2 + 0.25 } })),
  ),
  fault('remembers every head', 'CK-05', inEngine(rememberHeads)),
  fault('keeps more than it says', 'CK-05', inEngine(keepMore)),
  fault('throws on an unknown timer', 'CK-05', inEngine(throwOnUnknownTimer)),
  fault(
    'never builds a block',
    'CK-06',
    inEngine((engine) => withoutEffect(engine, 'buildBlock')),
  ),
  fault(
    'takes any signature',
    'CK-07',
    inRules((rules) => ({
      ...rules,
      verifyHeader: (header, parent, now) => withoutClaims(rules.verifyHeader(header, parent, now)),
    })),
  ),
  fault('takes blocks of any member for a slot', 'CK-07', inRules(takeAnyLeader)),
  fault('rejects what is old', 'CK-08', inRules(rejectOld)),
  fault(
    'takes blocks of tomorrow',
    'CK-08',
    inRules((rules) => ({
      ...rules,
      verifyHeader: (header, parent) => rules.verifyHeader(header, parent, Number.MAX_SAFE_INTEGER),
    })),
  ),
  fault('takes blocks of long ago', 'CK-08', inRules(takeAnyPast)),
  fault('lets time go back', 'CK-08', inRules(letTimeGoBack)),
  fault(
    'prefers whatever it sees second',
    'CK-09',
    inRules((rules) => ({ ...rules, compareTips: () => -1 })),
  ),
  fault('takes any proof', 'CK-10', takeAnyProof),
  fault('needs one vote of three for a proof', 'CK-10', proveAlone),
  fault(
    'rewards without having said so',
    'CK-11',
    inRules((rules) => ({
      ...rules,
      directives: (_state, { author }) => [{ kind: 'reward', actor: author, units: 0n }],
    })),
  ),
  fault(
    'hands nobody over',
    'CK-12',
    inRules((rules) => ({
      ...rules,
      exportHandover: (state, header) => ({ ...rules.exportHandover(state, header), validators: [] }),
    })),
  ),
  fault('writes down what it signed only afterwards', 'CK-15', inEngine(keepLate)),
  fault('listens to facts that it does not ask for', 'CK-20', inRules(listenToExits)),
  fault('says in a sentence what is wrong', 'CK-20', inRules(saySentences)),
  fault('claims to bear two thirds', 'CK-20', (plugin) => ({
    ...plugin,
    traits: { ...plugin.traits, faults: { kind: 'byzantine', numerator: 2, denominator: 3 } },
  })),
  fault('draws lots by itself', 'CK-21', inEngine(drawLots)),
  fault('keeps every block in its state', 'CK-24', inRules(keepBlocks)),
];

function fault(name: string, item: ItemId, plant: (plugin: Plugin) => Plugin): PlantedFault {
  return { name, item, plugin: () => plant(referenceTurns()) as ConsensusPlugin };
}

function inRules(change: (rules: Rules) => Rules): (plugin: Plugin) => Plugin {
  return (plugin) => ({ ...plugin, createRules: (config, context) => change(plugin.createRules(config, context)) });
}

function inEngine(
  change: (engine: ConsensusEngine<TurnsState>) => ConsensusEngine<TurnsState>,
): (plugin: Plugin) => Plugin {
  return (plugin) => ({
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new TypeError('the reference plugin has an engine');
      return change(engine);
    },
  });
}

function countCalls(rules: Rules): Rules {
  let calls = 0;
  return {
    ...rules,
    applyHeader(state, header, facts) {
      calls += 1;
      return { ...rules.applyHeader(state, header, facts), slot: state.slot + calls };
    },
  };
}

function readClock(rules: Rules): Rules {
  return {
    ...rules,
    applyHeader: (state, header, facts) => (Date.now() === 0 ? state : rules.applyHeader(state, header, facts)),
  };
}

function sortInPlace(rules: Rules): Rules {
  return {
    ...rules,
    applyHeader(state, header, facts) {
      (state.members as unknown as { id: string }[]).sort((a, b) => (a.id < b.id ? -1 : 1));
      return rules.applyHeader(state, header, facts);
    },
  };
}

function decodeLoosely(chunks: Iterable<Uint8Array>): TurnsState {
  const [bytes = new Uint8Array()] = chunks;
  for (let length = bytes.length; length > 0; length--) {
    try {
      return decodeTurnsState([bytes.subarray(0, length)]);
    } catch {
      // Some shorter part may be a state.
    }
  }
  return decodeTurnsState([]);
}

function rememberHeads(engine: ConsensusEngine<TurnsState>): ConsensusEngine<TurnsState> {
  const heads = new Map<string, number>();
  return {
    start: (start, now) => engine.start(start, now),
    on(input, now) {
      if (input.kind === 'headChanged') heads.set(input.head.header.id, now);
      return engine.on(input, now);
    },
  };
}

function keepMore(engine: ConsensusEngine<TurnsState>): ConsensusEngine<TurnsState> {
  const heads: string[] = [];
  return {
    start: (start, now) => engine.start(start, now),
    on(input, now) {
      if (input.kind === 'headChanged') heads.push(input.head.header.id);
      if (heads.length > KEPT_MAX) heads.shift();
      return engine.on(input, now);
    },
    usage: () => [{ name: 'heads', count: heads.length, max: KEPT_MAX - 1 }],
  };
}

const KEPT_MAX = 64;

function throwOnUnknownTimer(engine: ConsensusEngine<TurnsState>): ConsensusEngine<TurnsState> {
  return {
    start: (start, now) => engine.start(start, now),
    on(input, now) {
      if (input.kind === 'timerElapsed' && input.timerId !== 'slot') throw new Error(`no timer ${input.timerId}`);
      return engine.on(input, now);
    },
  };
}

function withoutEffect(engine: ConsensusEngine<TurnsState>, kind: Effect['kind']): ConsensusEngine<TurnsState> {
  return {
    start: (start, now) => engine.start(start, now),
    on: (input, now) => engine.on(input, now).filter((effect) => effect.kind !== kind),
  };
}

function withoutClaims(verdict: ReturnType<Rules['verifyHeader']>): ReturnType<Rules['verifyHeader']> {
  return verdict.kind === 'accept' ? { kind: 'accept', claims: [] } : verdict;
}

function takeAnyLeader(rules: Rules): Rules {
  return {
    ...rules,
    verifyHeader(header, parent, now) {
      const verdict = rules.verifyHeader(header, parent, now);
      if (verdict.kind !== 'reject' || verdict.code !== 'WRONG_LEADER') return verdict;
      const { author: signer, sealHash: data, seal: signature } = header;
      return { kind: 'accept', claims: [{ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }] };
    },
  };
}

function takeAnyPast(rules: Rules): Rules {
  return {
    ...rules,
    verifyHeader(header, parent, now) {
      const isBefore = header.timestamp < parent.header.timestamp;
      return isBefore ? { kind: 'accept', claims: [] } : rules.verifyHeader(header, parent, now);
    },
  };
}

function letTimeGoBack(rules: Rules): Rules {
  return {
    ...rules,
    verifyHeader(header, parent, now) {
      const state = { ...parent.state, slot: 0 };
      return rules.verifyHeader(header, { ...parent, state }, now);
    },
  };
}

function rejectOld(rules: Rules): Rules {
  return {
    ...rules,
    verifyHeader(header, parent, now) {
      const isOld = now > header.timestamp + 60_000;
      return isOld ? { kind: 'reject', code: 'TOO_OLD' } : rules.verifyHeader(header, parent, now);
    },
  };
}

function takeAnyProof(): Plugin {
  const plugin = referenceNotary();
  const verifyProof = () => ({ kind: 'accept', claims: [] }) as const;
  return inRules((rules) => ({ ...rules, finality: { kind: 'proof', attached: true, verifyProof } }))(plugin);
}

/** It says that others may lie, and takes the word of one. */
function proveAlone(): Plugin {
  const plugin = referenceNotary();
  const others = ['second', 'third'].map((id) => ({ id, weight: 1n }));
  return inRules((rules) => ({ ...rules, validators: ({ members }) => [...members, ...others] }))({
    ...plugin,
    traits: { ...plugin.traits, faults: { kind: 'byzantine', numerator: 1, denominator: 3 } },
  });
}

function keepLate(engine: ConsensusEngine<TurnsState>): ConsensusEngine<TurnsState> {
  const note: Effect = { kind: 'persist', height: 1, entry: Uint8Array.of(1) };
  return {
    start: (start, now) => engine.start(start, now),
    on(input, now) {
      const effects = engine.on(input, now);
      return effects.some(({ kind }) => kind === 'publish') ? [...effects, note] : effects;
    },
  };
}

function saySentences(rules: Rules): Rules {
  return {
    ...rules,
    verifyHeader(header, parent, now) {
      const verdict = rules.verifyHeader(header, parent, now);
      return verdict.kind === 'reject' ? { ...verdict, code: 'This is not right' } : verdict;
    },
  };
}

function listenToExits(rules: Rules): Rules {
  return {
    ...rules,
    applyHeader(state, header, facts) {
      const gone = facts.flatMap((fact) => (fact.kind === 'exit' ? [fact.actor] : []));
      const next = rules.applyHeader(state, header, facts);
      return gone.length === 0 ? next : { ...next, members: next.members.filter(({ id }) => !gone.includes(id)) };
    },
  };
}

function drawLots(engine: ConsensusEngine<TurnsState>): ConsensusEngine<TurnsState> {
  return {
    start: (start, now) => engine.start(start, now),
    on(input, now) {
      const effects = engine.on(input, now);
      if (input.kind !== 'headChanged') return effects;
      return [...effects, { kind: 'setTimer', timerId: 'lot', at: now + 1 + Math.floor(Math.random() * 1_000_000) }];
    },
  };
}

/** A state with something about every block that there ever was. */
interface NotedState extends TurnsState {
  readonly notes?: Uint8Array;
}

const NOTE_BYTES = 4_096;

function keepBlocks(rules: Rules): Rules {
  const noted: ConsensusRules<NotedState> = {
    ...rules,
    codec: {
      encode: ({ notes, ...state }) => [...encodeTurnsState(state), ...(notes === undefined ? [] : [notes])],
      decode(chunks) {
        const [first = new Uint8Array(), notes] = chunks;
        return { ...decodeTurnsState([first]), ...(notes && { notes }) };
      },
    },
    applyHeader(state, header, facts) {
      const notes = new Uint8Array((state.notes?.length ?? 0) + NOTE_BYTES).fill(1);
      return { ...rules.applyHeader(state, header, facts), notes };
    },
  };
  return noted as Rules;
}
