import type { ConsensusPlugin } from '@fiducia/consensus';
import { createCrypto, createMemoryGuardStore, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { describe, expect, test } from 'vitest';
import {
  drawFaultPlan,
  type FaultPlan,
  runFaultPlan,
  type StubCrypto,
  type Subject,
  type World,
  type WorldNode,
} from '../src/index.ts';
import { createSubject, STANDBY_NAMES, SUBJECT_NAMES } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';

const draw = (subject: Subject, seed: number, nodes?: number): FaultPlan =>
  drawFaultPlan({ subject, seed, profile: 'default', sha256, ...(nodes !== undefined && { nodes }) });

const calm = (nodes: number): FaultPlan => ({
  nodes,
  slots: 12,
  conditions: {},
  disk: {},
  faults: [],
  adversaries: [],
  workload: [],
  blocksMin: 0,
  coreNodes: Array.from({ length: nodes }, (_, node) => node),
  outside: [],
});

/** A subject whose engine fails at the head of a height. */
function failingAt(height: number): Subject {
  const honest = createSubject('round-robin');
  const { plugin } = honest.production;
  const failing: ConsensusPlugin = {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('no engine');
      return {
        start: (start, now) => engine.start(start, now),
        on(input, now) {
          if (input.kind === 'headChanged' && input.head.header.height === height) throw new Error('planted');
          return engine.on(input, now);
        },
      };
    },
  };
  return { ...honest, production: { ...honest.production, plugin: failing } };
}

/** Real keys and signatures, with guard records on the simulated disks. */
async function createRealSignatures(): Promise<StubCrypto> {
  const crypto = await createCrypto();
  return {
    ...crypto,
    identity(name) {
      const keyPair = keyPairFromSeed(name);
      const { address, publicKey } = keyPair;
      return { address, publicKey, sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data) };
    },
    createSigner(name, options) {
      const guardStore = options?.records ?? createMemoryGuardStore();
      const vrfSecretKey = keyPairFromSeed(`${name}/vrf`).secretKey;
      return createMemorySigner({ keyPair: keyPairFromSeed(name), crypto, guardStore, vrfSecretKey });
    },
  };
}

describe('fault seeds', () => {
  test.each(SUBJECT_NAMES)(
    '%s bears what is drawn for it: I1 to I14 hold (simulation I1, I2, I9, I10)',
    { timeout: 60_000 },
    async (name) => {
      const subject = createSubject(name);
      for (const seed of [11, 12]) {
        const result = await runFaultPlan({ subject, seed, plan: draw(subject, seed), sha256 });
        expect(result.violations).toEqual([]);
        expect(result.blocks).toBeGreaterThanOrEqual(30);
        expect(Object.keys(result.faultCoverage).length).toBeGreaterThan(2);
      }
    },
  );

  test.each(STANDBY_NAMES)(
    '%s bears what is drawn for it, though not every member has a seat',
    { timeout: 60_000 },
    async (name) => {
      const subject = createSubject(name);
      let terms = 0;
      for (const seed of [5, 10]) {
        const onLife = ({ host }: WorldNode): void => {
          host.events.on('trace', ({ event, data }) => {
            if (event === 'termStarted' && Number(data.term) > 0) terms += 1;
          });
        };
        const { violations } = await runFaultPlan({ subject, seed, plan: draw(subject, seed), sha256, onLife });
        expect(violations).toEqual([]);
      }
      if (subject.finality !== undefined) expect(terms).toBeGreaterThan(0);
    },
  );

  test('one plan and seed leave one trace, and another seed another one (simulation E4)', async () => {
    const subject = createSubject('pbft');
    const plan = draw(subject, 5, 4);
    const run = (seed: number) => runFaultPlan({ subject, seed, plan, sha256 });
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect((await run(6)).traceHash).not.toBe(first.traceHash);
  });

  test('which invariants are checked changes nothing but what I12 notes in the trace', async () => {
    const subject = createSubject('dpos');
    const plan = draw(subject, 9, 4);
    const all = await runFaultPlan({ subject, seed: 9, plan, sha256 });
    const one = await runFaultPlan({ subject, seed: 9, plan, sha256, invariants: ['I12'] });
    expect(one).toEqual(all);
    const none = await runFaultPlan({ subject, seed: 9, plan, sha256, invariants: [] });
    expect({ ...none, traceHash: all.traceHash }).toEqual(all);
  });

  test('real signatures carry a run as stand-ins do (simulation E5)', { timeout: 30_000 }, async () => {
    const subject = createSubject('dpos-vrf');
    const options = { subject, seed: 3, plan: draw(subject, 3, 4), sha256 };
    const result = await runFaultPlan({ ...options, crypto: createRealSignatures });
    expect(result.violations).toEqual([]);
    expect(result.blocks).toBeGreaterThanOrEqual(30);
  });

  test('a failing assertion in a node is a violation in its name (simulation E6)', async () => {
    const { violations } = await runFaultPlan({ subject: failingAt(5), seed: 1, plan: calm(4), sha256 });
    expect(violations[0]).toMatchObject({ invariant: 'E6', node: expect.stringMatching(/^node-\d$/) });
    expect(violations[0]?.reason).toContain('planted');
  });
});

describe('a run without an end (simulation E6)', () => {
  /** An engine that is never done with the instant at which it has adopted some blocks. */
  function endless(plugin: ConsensusPlugin): ConsensusPlugin {
    const again = (now: number) => [{ kind: 'setTimer', timerId: 'again', at: now }] as const;
    return {
      ...plugin,
      createEngine(config, rules, context) {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new Error('no engine');
        return {
          start: (start, now) => engine.start(start, now),
          on(input, now) {
            if (input.kind === 'timerElapsed' && input.timerId === 'again') return again(now);
            const effects = engine.on(input, now);
            const isCaught = input.kind === 'headChanged' && input.head.header.height === 5;
            return isCaught ? [...effects, ...again(now)] : effects;
          },
        };
      },
    };
  }

  test('is a violation, and names where it turns in circles', async () => {
    const subject = createSubject('round-robin');
    const production = { ...subject.production, plugin: endless(subject.production.plugin) };
    const options = { subject: { ...subject, production }, seed: 1, plan: calm(4), sha256, eventsMax: 5_000 };
    const { violations, events } = await runFaultPlan(options);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatchObject({
      invariant: 'E6',
      reason: expect.stringMatching(/^timer: more than 5000 events, the last one at node-\d$/),
    });
    expect(events).toBe(5_001);
  });

  test('has another end than a run with that many events', async () => {
    const subject = createSubject('round-robin');
    const { events } = await runFaultPlan({ subject, seed: 1, plan: calm(4), sha256 });
    const { violations } = await runFaultPlan({ subject, seed: 1, plan: calm(4), sha256, eventsMax: events });
    expect(violations).toEqual([]);
  });
});

describe('what really happened is counted, not what was planned', () => {
  const subject = createSubject('round-robin');
  const coverageOf = async (plan: FaultPlan) => (await runFaultPlan({ subject, seed: 1, plan, sha256 })).faultCoverage;

  test('nothing, in a calm run', async () => {
    expect(await coverageOf(calm(4))).toEqual({});
  });

  test('no crash of a machine that is down, and no partition that stops nothing', async () => {
    const crash = { kind: 'crash', until: null, node: 1, damagePermille: 900, isTorn: false } as const;
    const partition = { kind: 'partition', groups: [[0, 1, 2, 3]] } as const;
    const faults = [
      { ...crash, at: 2_000 },
      { ...crash, at: 5_000 },
      { ...partition, at: 6_000, until: 7_000 },
    ];
    expect(await coverageOf({ ...calm(4), faults })).toEqual({ crash: 1 });
  });

  test('links that the end of the safety phase heals, delays in the tail, no pause that is over at once', async () => {
    const lasting = { at: 36_000, until: 80_000 } as const;
    const faults = [
      { ...lasting, kind: 'partition', groups: [[0, 1]] },
      { ...lasting, kind: 'oneWay', links: [{ from: 0, to: 1 }] },
      { kind: 'pause', at: 9_000, until: 9_000, node: 2 },
    ] as const;
    const delay = { kind: 'heavyTail', meanMs: 50, maxMs: 2_000 } as const;
    const coverage = await coverageOf({ ...calm(4), slots: 40, conditions: { delay }, faults });
    expect(Object.keys(coverage)).toEqual(['delay', 'oneWay', 'partition']);
    expect(coverage).toMatchObject({ oneWay: 1, partition: 1 });
  });

  test('links that were still faulty when a violation ended the run', async () => {
    const faults = [
      { kind: 'partition', at: 1_000, until: 80_000, groups: [[0, 1, 2]] },
      { kind: 'oneWay', at: 1_000, until: null, links: [{ from: 0, to: 1 }] },
      { kind: 'clog', at: 30_000, until: 80_000, from: 2, to: 3 },
    ] as const;
    const options = { subject: failingAt(5), seed: 1, sha256 };
    const { violations, faultCoverage } = await runFaultPlan({ ...options, plan: { ...calm(4), slots: 40, faults } });
    expect(violations).toHaveLength(1);
    expect(faultCoverage).toEqual({ oneWay: 1, partition: 1 });
  });

  test('writes that a crash took, and disks that failed (simulation section 2)', async () => {
    const crash = { kind: 'crash', at: 2_000, until: 9_000, node: 1, damagePermille: 1_000, isTorn: true } as const;
    const disk = { kind: 'diskError', at: 1_000, until: 12_000, node: 2, readPermille: 100 } as const;
    const faults = [
      { ...crash, duringWrite: true },
      { ...disk, writePermille: 100, misdirectPermille: 0 },
    ];
    const coverage = await coverageOf({ ...calm(4), disk: { isAtomic: false }, faults });
    expect(Object.keys(coverage)).toEqual(expect.arrayContaining(['crash', 'diskError', 'lostWrite']));
  });
});

describe('the liveness phase (simulation section 4, I10)', () => {
  test.each(['dead', 'cut', 'deaf', 'mute'] as const)('goes on without a node that is %s for ever', async (fate) => {
    const subject = createSubject('pbft');
    let world: World | undefined;
    const plan: FaultPlan = {
      ...calm(4),
      faults: [{ kind: 'partition', at: 3_000, until: null, groups: [[0, 1]] }],
      coreNodes: [0, 1, 2],
      outside: [{ node: 3, fate }],
    };
    const result = await runFaultPlan({
      subject,
      seed: 2,
      plan,
      sha256,
      onWorld: (created) => {
        world = created;
      },
    });
    expect(result.violations).toEqual([]);
    expect(world?.liveness?.core).toEqual(['node-0', 'node-1', 'node-2']);
    expect(world?.nodes[3]?.isUp).toBe(fate !== 'dead');
    const heights = world?.nodes.map(({ host }) => host.head().header.height) ?? [];
    // Whoever hears nothing falls behind; whoever is only not heard keeps up.
    if (fate !== 'mute') expect(heights[3]).toBeLessThan(heights[0] ?? 0);
  });

  test('a network that recovers and stands still later on is found out', async () => {
    const honest = createSubject('round-robin');
    const { plugin } = honest.production;
    const tiring: ConsensusPlugin = {
      ...plugin,
      createEngine(config, rules, context) {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new Error('no engine');
        let isTired = false;
        return {
          start: (start, now) => engine.start(start, now),
          on(input, now) {
            isTired ||= input.kind === 'headChanged' && input.head.header.height >= 20;
            return isTired ? [] : engine.on(input, now);
          },
        };
      },
    };
    const subject = { ...honest, production: { ...honest.production, plugin: tiring } };
    const { violations, blocks } = await runFaultPlan({
      subject,
      seed: 1,
      plan: { ...calm(4), blocksMin: 30 },
      sha256,
    });
    expect(blocks).toBe(20);
    expect(violations[0]).toMatchObject({ invariant: 'I10', reason: expect.stringContaining('no new block') });
  });

  test('a core that cannot decide is found out', async () => {
    const subject = createSubject('pbft');
    const plan: FaultPlan = {
      ...calm(4),
      coreNodes: [0, 1],
      outside: [
        { node: 2, fate: 'dead' },
        { node: 3, fate: 'dead' },
      ],
    };
    const { violations } = await runFaultPlan({ subject, seed: 2, plan, sha256 });
    expect(violations[0]?.invariant).toBe('I10');
  });
});
