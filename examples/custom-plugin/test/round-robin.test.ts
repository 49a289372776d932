import { readFileSync } from 'node:fs';
import type { ConsensusHeader, EngineStart, Evidence, Tip } from '@fiducia/consensus';
import { createCrypto } from '@fiducia/crypto';
import { describe, expect, it } from 'vitest';
import { runNetwork } from '../src/network.ts';
import { type RoundRobinState, roundRobin } from '../src/round-robin.ts';

const LINES_MAX = 100;
const AUTHORITIES = ['aa', 'bb', 'cc'].map((id) => ({ id, weight: 1n }));
const { sha256 } = await createCrypto();
const CONTEXT = { chainId: new Uint8Array(32), era: 0, protocol: 'round-robin@1', sha256 } as const;

const plugin = roundRobin();
const config = plugin.parseConfig({ slotMs: 1_000 });
const rules = plugin.createRules(config, CONTEXT);

function header(changes: Partial<ConsensusHeader>): ConsensusHeader {
  return {
    id: 'child',
    parentId: 'parent',
    height: 6,
    timestamp: 7_000,
    author: 'bb',
    protocol: 'round-robin@1',
    digest: new Uint8Array(),
    sealHash: Uint8Array.of(1),
    seal: Uint8Array.of(2),
    ...changes,
  };
}

const parent: Tip<RoundRobinState> = {
  header: header({ id: 'parent', height: 5, timestamp: 5_000, author: 'cc' }),
  state: { slot: 5, authorities: AUTHORITIES },
  totalWeight: 5n,
};

describe('length of the plugin', () => {
  it(`is at most ${LINES_MAX} lines of code, comments and blank lines not counted`, () => {
    const source = readFileSync(new URL('../src/round-robin.ts', import.meta.url), 'utf8');
    const code = source
      .replaceAll(/\/\*.*?\*\//gs, '')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
    expect(code.length).toBeLessThanOrEqual(LINES_MAX);
  });
});

describe('header rules', () => {
  it('claim the seal of the leader whose turn the slot is', () => {
    expect(rules.verifyHeader(header({}), parent, 7_000)).toEqual({
      kind: 'accept',
      claims: [
        { kind: 'signature', signer: 'bb', domain: 'seal', data: Uint8Array.of(1), signature: Uint8Array.of(2) },
      ],
    });
  });

  it.each<[string, Partial<ConsensusHeader>, object]>([
    ['a digest', { digest: Uint8Array.of(0) }, { kind: 'reject', code: 'BAD_DIGEST' }],
    ['the slot of the parent', { timestamp: 5_999, author: 'cc' }, { kind: 'reject', code: 'SLOT_NOT_INCREASING' }],
    ['an author out of turn', { author: 'aa' }, { kind: 'reject', code: 'WRONG_LEADER' }],
    ['a stranger', { author: 'dd' }, { kind: 'reject', code: 'WRONG_LEADER' }],
    ['a timestamp ahead', { timestamp: 7_500 }, { kind: 'defer', until: 7_500 }],
  ])('refuse or postpone a header with %s', (_case, changes, verdict) => {
    expect(rules.verifyHeader(header(changes), parent, 7_000)).toEqual(verdict);
  });
});

describe('state', () => {
  const evidence = (offender: string): Evidence => ({
    kind: 'custom',
    era: 0,
    protocol: 'round-robin@1',
    offender,
    height: 5,
    id: 'x',
    data: new Uint8Array(),
  });
  const after = (...offenders: string[]): RoundRobinState => {
    const facts = offenders.map((offender) => ({ kind: 'evidence', evidence: evidence(offender) }) as const);
    return rules.applyHeader(parent.state, header({}), facts);
  };

  it('starts with the validators of positive weight', () => {
    const validators = [...AUTHORITIES, { id: 'dd', weight: 0n }];
    const handover = { validators, randomness: new Uint8Array(32), extra: new Map() };
    const state = rules.initialState({ era: 0, parent: parent.header, handover, census: [] });
    expect(state).toEqual({ slot: 5, authorities: AUTHORITIES });
    expect(rules.exportHandover(state, parent.header).validators).toEqual(AUTHORITIES);
  });

  it('expels offenders, but never the last authorities', () => {
    expect(after('bb').authorities.map(({ id }) => id)).toEqual(['aa', 'cc']);
    expect(after('aa', 'bb', 'cc').authorities).toBe(AUTHORITIES);
    expect(after().authorities).toBe(AUTHORITIES);
    expect(after().slot).toBe(7);
  });

  it('has one encoding, and nothing else decodes', () => {
    const chunks = [...rules.codec.encode(parent.state)];
    expect(rules.codec.decode(chunks)).toEqual(parent.state);
    const [bytes = new Uint8Array()] = chunks;
    for (const wrong of [
      [],
      [bytes.subarray(1)],
      [bytes, Uint8Array.of(0)],
      [bytes.subarray(0, 9), bytes.subarray(9)],
    ]) {
      expect(() => rules.codec.decode(wrong)).toThrow(/INVALID_ENCODING/);
    }
  });

  it('names the author and the slot of a header as conflict key, and nothing for messages', () => {
    expect(rules.conflictKey?.({ kind: 'header', header: header({}) })).toBe('bb/7');
    const message = { author: 'bb', payload: new Uint8Array(), signature: new Uint8Array() };
    expect(rules.conflictKey?.({ kind: 'message', message })).toBeUndefined();
  });
});

describe('engine', () => {
  const createEngine = (self: string | null, changes: Partial<EngineStart<RoundRobinState>> = {}) => {
    const engine = plugin.createEngine?.(config, rules, { ...CONTEXT, self });
    if (engine === undefined) throw new Error('the plugin has an engine');
    const start = { head: parent, finalized: parent.header, log: [], entropy: new Uint8Array(32), behind: false };
    expect(engine.start({ ...start, ...changes }, 6_500)).toEqual([{ kind: 'setTimer', timerId: 'slot', at: 7_000 }]);
    return engine;
  };
  const elapsed = { kind: 'timerElapsed', timerId: 'slot' } as const;

  it('builds in its own slot and seals under a guard of the slot', () => {
    const engine = createEngine('bb');
    expect(engine.on(elapsed, 7_000)).toEqual([
      { kind: 'setTimer', timerId: 'slot', at: 8_000 },
      {
        kind: 'buildBlock',
        requestId: 'slot 7',
        parentId: 'parent',
        timestamp: 7_000,
        digest: new Uint8Array(),
        deadline: 8_000,
      },
    ]);
    expect(engine.on({ kind: 'blockBuilt', requestId: 'slot 7', header: header({}) }, 7_010)).toEqual([
      { kind: 'publish', blockId: 'child', sealing: { kind: 'sign', guard: { lane: 'seal', sequence: [7] } } },
    ]);
    expect(engine.on({ kind: 'blockBuilt', requestId: 'slot 7', header: null }, 7_010)).toEqual([]);
  });

  it('waits in foreign slots, while behind, and on a head of the same slot', () => {
    const timer = { kind: 'setTimer', timerId: 'slot', at: 8_000 };
    expect(createEngine('aa').on(elapsed, 7_000)).toEqual([timer]);
    expect(createEngine(null).on(elapsed, 7_000)).toEqual([timer]);
    expect(createEngine('bb', { behind: true }).on(elapsed, 7_000)).toEqual([timer]);

    const engine = createEngine('bb');
    const head = { ...parent, state: { ...parent.state, slot: 7 } };
    expect(engine.on({ kind: 'headChanged', head }, 6_900)).toEqual([]);
    expect(engine.on(elapsed, 7_000)).toEqual([timer]);
    engine.on({ kind: 'headChanged', head: parent }, 7_000);
    engine.on({ kind: 'syncChanged', behind: true }, 7_000);
    expect(engine.on(elapsed, 7_000)).toEqual([timer]);
    engine.on({ kind: 'syncChanged', behind: false }, 7_000);
    expect(engine.on(elapsed, 7_000)).toHaveLength(2);
  });
});

describe('configuration', () => {
  it('fills in the default and refuses what is out of range', () => {
    expect(plugin.parseConfig(undefined)).toEqual({ slotMs: 1_000 });
    for (const slotMs of [99, 3_600_001, 500.5, '1000', null]) {
      expect(() => plugin.parseConfig({ slotMs })).toThrow(/INVALID_CONFIG/);
    }
  });
});

describe('the network', () => {
  it('agrees, forks while one validator is cut off, and agrees again', async () => {
    const { reports, traceHash } = await runNetwork(1);
    const headsAt = (slot: number) =>
      new Set(reports.find((report) => report.slot === slot)?.heads.map(({ id }) => id));
    expect(headsAt(5).size).toBe(1);
    expect(headsAt(15).size).toBe(2);
    expect(headsAt(30).size).toBe(1);
    expect((await runNetwork(1)).traceHash).toBe(traceHash);
    expect((await runNetwork(2)).traceHash).not.toBe(traceHash);
  });
});
