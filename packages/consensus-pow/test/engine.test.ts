import type { ConsensusEngine, Effect, Tip } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { encodeTarget, type PowState, pow } from '../src/index.ts';
import { CONTEXT, EMPTY, GENESIS_TIME, headerOf, TestChain } from './support/rules.ts';

const NOW = GENESIS_TIME + 1_000;
const SPACING = 10_000;

interface Running {
  readonly engine: ConsensusEngine<PowState>;
  readonly chain: TestChain;
  readonly first: readonly Effect[];
}

function start(
  options: { readonly self?: string | null; readonly behind?: boolean; readonly raw?: object } = {},
): Running {
  const { self = 'miner', behind = false, raw = {} } = options;
  const chain = new TestChain(raw);
  const engine = pow().createEngine?.(chain.config, chain.rules, { ...CONTEXT, self });
  if (engine === undefined) throw new Error('the plugin has an engine');
  const { header } = chain.tip;
  const first = engine.start({ head: chain.tip, finalized: header, log: [], entropy: new Uint8Array(32), behind }, NOW);
  return { engine, chain, first };
}

const kindsOf = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);

function buildOf(effects: readonly Effect[]): Extract<Effect, { kind: 'buildBlock' }> {
  const found = effects.find((effect) => effect.kind === 'buildBlock');
  if (found?.kind !== 'buildBlock') throw new Error('no block is built');
  return found;
}

const builtOn = (parent: Tip<PowState>, id: string) =>
  headerOf({ id, parentId: parent.header.id, height: parent.header.height + 1 });

/** Answers the last request to build, and returns the request to mine. */
function answerBuild({ engine, chain }: Running, effects: readonly Effect[], now = NOW): readonly Effect[] {
  const { requestId } = buildOf(effects);
  return engine.on({ kind: 'blockBuilt', requestId, header: builtOn(chain.tip, 'candidate') }, now);
}

const seal = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5);
const elapsed = { kind: 'timerElapsed', timerId: 'rebuild' } as const;

describe('pos-pow M1: mining', () => {
  it('builds on the head, searches for the target of the next block, and attaches the nonce', () => {
    const running = start();
    const { chain, engine, first } = running;
    expect(first.slice(2)).toEqual([
      { kind: 'setTimer', timerId: 'rebuild', at: NOW + SPACING },
      {
        kind: 'buildBlock',
        requestId: 'build/1',
        parentId: 'block-0',
        timestamp: NOW,
        digest: encodeTarget(chain.state.target),
        deadline: NOW + SPACING,
      },
    ]);
    expect(answerBuild(running, first)).toEqual([
      { kind: 'mine', requestId: 'mine/1', blockId: 'candidate', algorithm: 'sha256d', target: chain.state.target },
    ]);
    expect(engine.on({ kind: 'mined', requestId: 'mine/1', blockId: 'candidate', seal }, NOW)).toEqual([
      { kind: 'publish', blockId: 'candidate', sealing: { kind: 'attach', seal } },
      { kind: 'trace', event: 'nonceFound', data: { height: 1, nonce: seal } },
    ]);
  });

  it('takes the clock for the time, but never a time that its own rules refuse (pos-pow T2)', () => {
    const { engine, chain } = start();
    for (const seconds of [30, 40, 50]) chain.add(GENESIS_TIME + seconds * 1_000);
    const request = buildOf(engine.on({ kind: 'headChanged', head: chain.tip }, NOW));
    expect(request.timestamp).toBe(GENESIS_TIME + 40_001);
    expect(chain.verify(chain.next(request.timestamp)).kind).toBe('accept');
  });

  it('does nothing without an identity, whatever happens', () => {
    const { engine, chain, first } = start({ self: null });
    expect(first).toEqual([]);
    expect(engine.on(elapsed, NOW)).toEqual([]);
    expect(engine.on({ kind: 'syncChanged', behind: true }, NOW)).toEqual([]);
    expect(engine.on({ kind: 'headChanged', head: chain.tip }, NOW)).toEqual([]);
    expect(engine.on({ kind: 'blockBuilt', requestId: 'build/1', header: chain.tip.header }, NOW)).toEqual([]);
  });

  it('waits while behind its peers', () => {
    const { engine, first } = start({ behind: true });
    expect(kindsOf(first)).toEqual(['cancel', 'cancel', 'setTimer']);
    expect(first.at(-1)).toEqual({ kind: 'setTimer', timerId: 'rebuild', at: null });
    expect(kindsOf(engine.on({ kind: 'syncChanged', behind: false }, NOW))).toContain('buildBlock');
    const paused = engine.on({ kind: 'syncChanged', behind: true }, NOW);
    expect(kindsOf(paused)).toEqual(['cancel', 'cancel', 'setTimer']);
    expect(engine.on({ kind: 'mined', requestId: 'mine/2', blockId: 'candidate', seal }, NOW)).toEqual([]);
  });

  it('ignores messages, other timers, and a ledger that built nothing', () => {
    const { engine, first } = start();
    expect(engine.on({ kind: 'blockBuilt', requestId: buildOf(first).requestId, header: null }, NOW)).toEqual([]);
    expect(engine.on({ kind: 'timerElapsed', timerId: 'other' }, NOW)).toEqual([]);
    const message = { author: 'x', payload: EMPTY, signature: EMPTY };
    expect(engine.on({ kind: 'messageReceived', from: 'peer', message }, NOW)).toEqual([]);
  });
});

describe('pos-pow M2: a new head', () => {
  it('cancels what is open and begins on it', () => {
    const running = start();
    answerBuild(running, running.first);
    running.chain.add(NOW + 10);
    const effects = running.engine.on({ kind: 'headChanged', head: running.chain.tip }, NOW + 20);
    expect(effects.slice(0, 2)).toEqual([
      { kind: 'cancel', requestId: 'build/1' },
      { kind: 'cancel', requestId: 'mine/1' },
    ]);
    expect(buildOf(effects)).toMatchObject({ requestId: 'build/2', parentId: 'block-1', timestamp: NOW + 20 });
  });

  it('makes answers to older requests late, and late ones are ignored', () => {
    const running = start();
    const { engine, chain, first } = running;
    answerBuild(running, first);
    chain.add(NOW + 10);
    const second = engine.on({ kind: 'headChanged', head: chain.tip }, NOW + 20);
    expect(engine.on({ kind: 'mined', requestId: 'mine/1', blockId: 'candidate', seal }, NOW + 30)).toEqual([]);
    const late = { kind: 'blockBuilt', requestId: 'build/1', header: builtOn(chain.tip, 'late') } as const;
    expect(engine.on(late, NOW + 30)).toEqual([]);
    expect(kindsOf(answerBuild(running, second))).toEqual(['mine']);
  });

  it('with another target is traced', () => {
    const { engine, chain } = start({ raw: { windowBlocks: 2, genesisTarget: 2n ** 230n } });
    chain.add(NOW + 1);
    const effects = engine.on({ kind: 'headChanged', head: chain.tip }, NOW + 2);
    const { target } = chain.state;
    expect(target).not.toBe(chain.config.genesisTarget);
    expect(effects.at(-1)).toEqual({ kind: 'trace', event: 'targetChanged', data: { height: 1, target } });
    expect(kindsOf(engine.on({ kind: 'headChanged', head: chain.tip }, NOW + 3))).not.toContain('trace');
  });
});

describe('pos-pow M3: a search without success', () => {
  it('starts again once per spacing on a block with a later time, so that nonces never run out', () => {
    const running = start();
    answerBuild(running, running.first);
    const again = running.engine.on(elapsed, NOW + SPACING);
    expect(again.slice(0, 3)).toEqual([
      { kind: 'cancel', requestId: 'build/1' },
      { kind: 'cancel', requestId: 'mine/1' },
      { kind: 'setTimer', timerId: 'rebuild', at: NOW + 2 * SPACING },
    ]);
    expect(buildOf(again)).toMatchObject({ requestId: 'build/2', parentId: 'block-0', timestamp: NOW + SPACING });
  });

  it('claims a later time even if the clock stands still or is behind the median', () => {
    const { engine, first } = start();
    const second = buildOf(engine.on(elapsed, NOW));
    const third = buildOf(engine.on(elapsed, NOW));
    expect([buildOf(first), second, third].map(({ timestamp }) => timestamp)).toEqual([NOW, NOW + 1, NOW + 2]);
  });
});

describe('the time of a block', () => {
  it('is that of the clock again once the head allows it', () => {
    const { engine, chain } = start();
    const genesis = chain.tip;
    for (const seconds of [30, 40, 50]) chain.add(GENESIS_TIME + seconds * 1_000);
    expect(buildOf(engine.on({ kind: 'headChanged', head: chain.tip }, NOW)).timestamp).toBeGreaterThan(NOW);
    expect(buildOf(engine.on({ kind: 'headChanged', head: genesis }, NOW + 5)).timestamp).toBe(NOW + 5);
  });
});

describe('pos-pow M4: test difficulty', () => {
  it('asks for the easiest of all targets', () => {
    const running = start({ raw: { preset: 'test' } });
    expect(answerBuild(running, running.first)).toMatchObject([{ kind: 'mine', target: 2n ** 256n - 1n }]);
  });
});
