import { describe, expect, it } from 'vitest';
import {
  encodeTarget,
  medianTimePast,
  type PowState,
  pow,
  powHash,
  powPreset,
  TARGET_MAX,
  workOf,
} from '../src/index.ts';
import { CONTEXT, EMPTY, eraStart, GENESIS_TIME, headerOf, sha256, TestChain } from './support/rules.ts';

const SPACING = 10_000;

/** Adds blocks with equal gaps. */
function addEvenly(chain: TestChain, blocks: number, gapMs: number): void {
  for (let count = 0; count < blocks; count++) chain.add(chain.tip.header.timestamp + gapMs);
}

const hard = { genesisTarget: 2n ** 230n, powLimit: 2n ** 240n };

describe('a header', () => {
  const time = GENESIS_TIME + 5_000;

  it('claims double SHA-256 over seal hash and nonce, at most the target (pos-pow H1, H2)', () => {
    const chain = new TestChain();
    const header = chain.next(time);
    expect(chain.verify(header)).toEqual({
      kind: 'accept',
      claims: [
        {
          kind: 'work',
          algorithm: 'sha256d',
          data: header.sealHash,
          nonce: header.seal,
          target: chain.config.genesisTarget,
        },
      ],
    });
  });

  it.each([
    ['a short digest (pos-pow H3)', { digest: new Uint8Array(31) }, 'BAD_DIGEST'],
    ['an easier target (pos-pow H3)', { digest: encodeTarget(2n ** 240n) }, 'WRONG_TARGET'],
    ['a harder target (pos-pow H3)', { digest: encodeTarget(2n ** 239n) }, 'WRONG_TARGET'],
    ['no nonce', { seal: EMPTY }, 'BAD_NONCE'],
    ['a nonce of nine bytes', { seal: new Uint8Array(9) }, 'BAD_NONCE'],
    ['the median time (pos-pow T2)', { timestamp: GENESIS_TIME }, 'TIME_TOO_OLD'],
  ])('with %s is refused', (_case, change, code) => {
    const chain = new TestChain();
    expect(chain.verify(chain.next(time, change), time)).toEqual({ kind: 'reject', code });
  });

  it('may be older than its parent, but not than the median (pos-pow T2)', () => {
    const chain = new TestChain();
    for (const seconds of [10, 20, 60]) chain.add(GENESIS_TIME + seconds * 1_000);
    // Genesis and three blocks: the median is the third of four.
    expect(chain.verify(chain.next(GENESIS_TIME + 20_001)).kind).toBe('accept');
    expect(chain.verify(chain.next(GENESIS_TIME + 20_000))).toEqual({ kind: 'reject', code: 'TIME_TOO_OLD' });
  });

  it('is held until its time has come, by the own clock alone (pos-pow T3, T4)', () => {
    const chain = new TestChain();
    const header = chain.next(time);
    const earliest = time - chain.config.maxFutureDriftMs;
    const claims = [{ kind: 'work', data: header.sealHash }];
    expect(chain.verify(header, earliest - 1)).toMatchObject({ kind: 'defer', until: earliest, claims });
    for (const now of [earliest, time, time + 1e9]) expect(chain.verify(header, now).kind).toBe('accept');
  });

  it('whose target is wrong is refused at once, however far ahead it lies (pos-pow F3)', () => {
    const chain = new TestChain();
    const header = chain.next(time, { digest: encodeTarget(TARGET_MAX) });
    expect(chain.verify(header, 0)).toEqual({ kind: 'reject', code: 'WRONG_TARGET' });
  });
});

describe('pos-pow D1: the target', () => {
  it('changes at multiples of the window and nowhere else', () => {
    const chain = new TestChain({ ...hard, windowBlocks: 5 });
    addEvenly(chain, 20, SPACING / 2);
    const changes = Array.from({ length: 19 }, (_, index) => index + 2).filter(
      (height) => chain.targetAt(height) !== chain.targetAt(height - 1),
    );
    expect(changes).toEqual([5, 10, 15, 20]);
  });

  it('counts from the parent of the era, whatever its height', () => {
    const rules = pow().createRules(pow().parseConfig({ ...hard, windowBlocks: 3 }), CONTEXT);
    let state = rules.initialState(eraStart({ height: 100, timestamp: GENESIS_TIME }));
    const targets: bigint[] = [];
    for (let height = 101; height <= 103; height++) {
      targets.push(state.target);
      state = rules.applyHeader(state, headerOf({ height, timestamp: GENESIS_TIME + height }), []);
    }
    expect(targets[1]).toBe(targets[0]);
    expect(targets[2]).not.toBe(targets[1]);
  });
});

describe('pos-pow D2: the time of a window', () => {
  /** MTP(h), recomputed from the timestamps of all blocks. */
  const medianAt = (times: readonly number[], height: number) => medianTimePast(times.slice(0, height + 1).slice(-11));

  it.each([1, 2, 7, 13])('is measured between medians that windows of %i blocks share', (windowBlocks) => {
    const chain = new TestChain({ ...hard, windowBlocks });
    const times = [GENESIS_TIME];
    for (let height = 1; height <= 60; height++) {
      // Uneven, now and then backwards.
      const time = medianTimePast(chain.state.timestamps) + 1 + ((height * 7_919) % (2 * SPACING));
      chain.add(time);
      times.push(time);
    }
    let target = chain.config.genesisTarget;
    for (let height = 1; height <= 60; height++) {
      const isFirst = height === windowBlocks;
      if (height % windowBlocks === 0 && height > 1) {
        const from = isFirst ? 0 : height - 1 - windowBlocks;
        const actual = BigInt(medianAt(times, height - 1) - medianAt(times, from));
        const expected = BigInt((isFirst ? windowBlocks - 1 : windowBlocks) * SPACING);
        const counted = [expected / 4n, actual, expected * 4n].sort((a, b) => (a < b ? -1 : 1))[1] ?? 0n;
        const next = (target * counted) / expected;
        target = next > chain.config.powLimit ? chain.config.powLimit : next;
      }
      expect(chain.targetAt(height)).toBe(target);
    }
  });

  it('at h = R is one interval shorter, so that blocks in time change nothing', () => {
    // Of genesis and three blocks the median is the second block's time, three spacings after genesis.
    const chain = new TestChain({ ...hard, windowBlocks: 4 });
    chain.add(GENESIS_TIME + SPACING);
    chain.add(GENESIS_TIME + 3 * SPACING);
    chain.add(GENESIS_TIME + 4 * SPACING);
    expect(chain.targetAt(4)).toBe(chain.config.genesisTarget);
  });

  it('at R = 1 keeps the genesis target for block 1 and moves with every block after it', () => {
    const chain = new TestChain({ ...hard, windowBlocks: 1 });
    expect(chain.state.target).toBe(chain.config.genesisTarget);
    chain.add(GENESIS_TIME + SPACING / 2);
    // MTP(1) of two blocks is the later one.
    expect(chain.state.target).toBe(chain.config.genesisTarget / 2n);
    chain.add(GENESIS_TIME + 3 * SPACING);
    // MTP(2) is the middle of three, again that of block 1: no time has passed, so the clamp counts.
    expect(chain.state.target).toBe(chain.config.genesisTarget / 8n);
  });
});

describe('pos-pow D3: the clamp', () => {
  it.each([
    ['faster', 1, (old: bigint) => old / 4n],
    ['slower', SPACING * 100, (old: bigint) => old * 4n],
  ])('bounds how much %s blocks count', (_case, gapMs, expected) => {
    const chain = new TestChain({ ...hard, windowBlocks: 20 });
    addEvenly(chain, 19, gapMs);
    expect(chain.state.target).toBe(expected(chain.config.genesisTarget));
  });
});

describe('pos-pow D4: the limit', () => {
  it('is the easiest target, however slow the blocks are', () => {
    const chain = new TestChain({ windowBlocks: 2 });
    addEvenly(chain, 10, SPACING * 50);
    expect(chain.state.target).toBe(chain.config.powLimit);
  });

  it('is 1 at the other end, so that a chain never asks for the impossible', () => {
    const chain = new TestChain({ windowBlocks: 2, genesisTarget: 3n });
    addEvenly(chain, 20, 1);
    expect(chain.state.target).toBe(1n);
  });
});

describe('pos-pow D5: a fixed target', () => {
  it('never changes', () => {
    const chain = new TestChain({ ...hard, windowBlocks: 2, fixedTarget: true });
    addEvenly(chain, 20, 1);
    expect(chain.state.target).toBe(chain.config.genesisTarget);
  });
});

describe('pos-pow F1: the weight of a block', () => {
  it('is the work of the target it met', () => {
    const chain = new TestChain({ ...hard, windowBlocks: 2 });
    addEvenly(chain, 5, 3_333);
    const works = [1, 2, 3, 4, 5].map((height) => workOf(chain.targetAt(height)));
    expect(chain.tip.totalWeight).toBe(works.reduce((sum, work) => sum + work));
  });
});

describe('pos-pow F2: a tie', () => {
  it('is left to the host, which takes the lower id on every node (contract H-20)', () => {
    expect(new TestChain().rules.compareTips).toBeUndefined();
  });
});

describe('pos-pow M5: the reward', () => {
  const rewardAt = (raw: object, blocks: number) => {
    const chain = new TestChain(raw);
    const state: PowState = { ...chain.state, blocks: blocks - 1 };
    return chain.rules.directives?.(state, headerOf({ height: blocks }), []);
  };
  const reward = (units: bigint) => [{ kind: 'reward', actor: 'miner', units }];

  it.each([
    [1, 100n],
    [9, 100n],
    [10, 50n],
    [20, 25n],
    [30, 12n],
    [60, 1n],
  ])('of block %i is %i base units if it halves every 10 blocks', (height, units) => {
    expect(rewardAt({ blockReward: 100n, halvingBlocks: 10 }, height)).toEqual(reward(units));
  });

  it('ends when nothing is left to halve, and never halves without halvingBlocks', () => {
    expect(rewardAt({ blockReward: 100n, halvingBlocks: 10 }, 70)).toEqual([]);
    expect(rewardAt({ blockReward: 100n, halvingBlocks: 1 }, 2 ** 52)).toEqual([]);
    expect(rewardAt({ blockReward: 100n }, 2 ** 52)).toEqual(reward(100n));
    expect(rewardAt({}, 1)).toEqual([]);
  });
});

describe('rules', () => {
  it('hand on the work hash, which nobody can choose freely', () => {
    const { rules, state } = new TestChain();
    const header = headerOf({ height: 3, seal: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9) });
    expect(rules.exportHandover(state, header)).toEqual({
      validators: [],
      randomness: powHash(header.sealHash, header.seal, sha256),
      extra: new Map(),
    });
  });

  it('have no validators and nothing that could contradict itself', () => {
    const { rules, state } = new TestChain();
    expect(rules.validators(state)).toEqual([]);
    expect(rules.validators(state)).toBe(rules.validators(state));
    expect(rules.conflictKey).toBeUndefined();
    expect(rules.verifyEvidence).toBeUndefined();
  });

  it('settle at the configured hint', () => {
    const depthOf = (raw: object) => {
      const { finality } = new TestChain(raw).rules;
      return finality.kind === 'settle' ? finality.depth(new TestChain().state) : undefined;
    };
    expect(depthOf({})).toBe(5);
    expect(depthOf({ settleSharePpm: 300_000 })).toBe(24);
  });
});

describe('configuration', () => {
  const parse = (raw: unknown) => pow().parseConfig(raw);

  it('is the default preset unless another is named', () => {
    expect(parse(undefined)).toEqual(powPreset('default'));
    expect(parse({ preset: 'test' })).toEqual(powPreset('test'));
    expect(pow({ preset: 'test' }).parseConfig({})).toEqual(powPreset('test'));
    expect(pow({ preset: 'test' }).parseConfig({ preset: 'default' })).toEqual(powPreset('default'));
  });

  it('makes every hash meet the target of the test preset (pos-pow M4)', () => {
    expect(powPreset('test')).toMatchObject({ powLimit: TARGET_MAX, genesisTarget: TARGET_MAX, fixedTarget: true });
  });

  it('reads targets and amounts from text, and lets defaults follow', () => {
    expect(parse({ powLimit: '0xff', blockReward: '50', spacingMs: 600_000 })).toMatchObject({
      powLimit: 255n,
      genesisTarget: 255n,
      blockReward: 50n,
      maxFutureDriftMs: 600_000,
    });
    expect(parse({ powLimit: 255, genesisTarget: 7n, maxFutureDriftMs: 10_000 })).toMatchObject({
      powLimit: 255n,
      genesisTarget: 7n,
      maxFutureDriftMs: 10_000,
    });
  });

  it.each([
    ['config', 7],
    ['config', []],
    ['preset', { preset: 'paper' }],
    ['targets', { targets: 1 }],
    ['spacingMs', { spacingMs: 999 }],
    ['spacingMs', { spacingMs: 3_600_001 }],
    ['windowBlocks', { windowBlocks: 0 }],
    ['windowBlocks', { windowBlocks: 10_001 }],
    ['clamp', { clamp: 1 }],
    ['clamp', { clamp: 17 }],
    ['clamp', { clamp: 2.5 }],
    ['powLimit', { powLimit: 0n }],
    ['powLimit', { powLimit: TARGET_MAX + 1n }],
    ['powLimit', { powLimit: '0x' }],
    ['powLimit', { powLimit: '-1' }],
    ['genesisTarget', { powLimit: 5n, genesisTarget: 6n }],
    ['fixedTarget', { fixedTarget: 1 }],
    ['mtpBlocks', { mtpBlocks: 1 }],
    ['mtpBlocks', { mtpBlocks: 4 }],
    ['mtpBlocks', { mtpBlocks: 53 }],
    ['maxFutureDriftMs', { maxFutureDriftMs: 9_999 }],
    ['maxFutureDriftMs', { maxFutureDriftMs: 7_200_001 }],
    ['settleSharePpm', { settleSharePpm: 49_999 }],
    ['settleSharePpm', { settleSharePpm: 450_001 }],
    ['settleEpsilonPpm', { settleEpsilonPpm: 0 }],
    ['settleEpsilonPpm', { settleEpsilonPpm: 10_001 }],
    ['blockReward', { blockReward: -1n }],
    ['blockReward', { blockReward: 2n ** 128n }],
    ['blockReward', { blockReward: 0.5 }],
    ['halvingBlocks', { halvingBlocks: -1 }],
    ['halvingBlocks', { halvingBlocks: -0 }],
  ])('refuses a wrong %s', (path, raw) => {
    expect(() => parse(raw)).toThrow(new RegExp(`INVALID_CONFIG: path=${path},`));
  });
});

describe('state', () => {
  const codecOf = (chain: TestChain) => chain.rules.codec;
  const bytesOf = (chain: TestChain) => [...codecOf(chain).encode(chain.state)];

  it('decodes to what was encoded, at any length of history', () => {
    for (const blocks of [0, 1, 10, 11, 40]) {
      const chain = new TestChain({ ...hard, windowBlocks: 7 });
      addEvenly(chain, blocks, SPACING / 2);
      expect(codecOf(chain).decode(bytesOf(chain))).toEqual(chain.state);
    }
  });

  it('has one encoding, and nothing else decodes', () => {
    const chain = new TestChain(hard);
    addEvenly(chain, 3, SPACING);
    const [bytes = EMPTY] = bytesOf(chain);
    const changed = (offset: number, value: number) => bytes.map((byte, at) => (at === offset ? value : byte));
    for (const wrong of [
      [],
      [bytes, EMPTY],
      [bytes.subarray(0, -1)],
      [Uint8Array.of(...bytes, 0)],
      // A block more would need a timestamp more.
      [changed(7, 4)],
      // The length of the target, a target above the limit, and none at all.
      [changed(11, 31)],
      [changed(12, 255)],
      [bytes.map((byte, at) => (at >= 12 && at < 44 ? 0 : byte))],
    ]) {
      expect(() => codecOf(chain).decode(wrong)).toThrow(/INVALID_ENCODING/);
    }
  });

  it('decodes targets up to the limit and none above', () => {
    const chain = new TestChain(hard);
    const { powLimit } = chain.config;
    const decode = (target: bigint) => codecOf(chain).decode([...codecOf(chain).encode({ ...chain.state, target })]);
    expect(decode(powLimit).target).toBe(powLimit);
    expect(() => decode(powLimit + 1n)).toThrow(/INVALID_ENCODING/);
  });
});
