import { describe, expect, it } from 'vitest';
import {
  ACCUSABLE_STRATEGIES,
  countDeeds,
  createDisguise,
  createRandomStream,
  createStubCrypto,
  type FaultPlan,
  type FaultRunResult,
  type ProcessFault,
  runFaultPlan,
  STRATEGIES,
  type StrategyName,
  type World,
} from '../src/index.ts';
import { createSubject } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';

/** The fault of the catalogue that each strategy is, and a protocol at which it has something to do. */
const STAGES: Readonly<Record<StrategyName, { readonly fault: string; readonly subject: string }>> = {
  equivocate: { fault: 'C01, C02', subject: 'dpos' },
  withhold: { fault: 'C09', subject: 'pos' },
  selfish: { fault: 'C07', subject: 'pow' },
  delayVotes: { fault: 'C20', subject: 'dpos+checkpoint' },
  mutate: { fault: 'C19', subject: 'pbft' },
  censor: { fault: 'C15', subject: 'dpos' },
  grief: { fault: 'C17', subject: 'dt-dpos' },
  lieInSync: { fault: 'N08', subject: 'dpos' },
  flood: { fault: 'C14, N01, T08', subject: 'pbft' },
  replay: { fault: 'T02', subject: 'dpos+checkpoint' },
  oldBackup: { fault: 'C18', subject: 'pbft' },
  grind: { fault: 'C06, C08', subject: 'pbft' },
  trustFarming: { fault: 'C17', subject: 'dt-dpos' },
  reseal: { fault: 'T01, N06', subject: 'pbft' },
};

const ADVERSARY = 3;
const SLOTS = 24;

interface Trial {
  readonly result: FaultRunResult;
  /** How often the adversary did what an honest node would not have done. */
  readonly deeds: number;
  /** Machines, of which one with the key of another counts as well. */
  readonly machines: number;
  /** Offenders that the chain has evidence against. */
  readonly accused: ReadonlySet<string>;
}

/** Four nodes, one of which lies; an honest one crashes, or loses its blocks where lies concern those. */
async function tryStrategy(
  subjectName: string,
  adversary: FaultPlan['adversaries'][number],
  changes: Partial<FaultPlan> = {},
): Promise<Trial> {
  const subject = createSubject(subjectName);
  const { slotMs } = subject;
  const crash = (node: number, at: number) =>
    ({ kind: 'crash', node, at: at * slotMs, until: (at + 1) * slotMs, damagePermille: 0, isTorn: false }) as const;
  // It signs nothing more without its records, so the liar must do its duty then.
  const emptied = { kind: 'diskLoss', node: 0, at: 6 * slotMs, until: 7 * slotMs } as const;
  const plan: FaultPlan = {
    nodes: 4,
    slots: SLOTS,
    conditions: { delayMs: { min: 10, max: 60 } },
    disk: {},
    faults: [
      ...(adversary.strategy === 'lieInSync' ? [emptied] : [crash(0, 6)]),
      ...(adversary.strategy === 'oldBackup' ? [crash(ADVERSARY, 12)] : []),
    ],
    adversaries: [adversary],
    workload: Array.from({ length: SLOTS }, (_, slot) => {
      return {
        at: slot * slotMs + 100,
        node: slot % 4,
        kind: 'transfer',
        to: (slot + 1) % 4,
        amount: slot + 1,
      } as const;
    }),
    coreNodes: [0, 1, 2, 3],
    outside: [],
    ...changes,
  };
  const accused = new Set<string>();
  let world: World | undefined;
  const result = await runFaultPlan({
    subject,
    seed: 1,
    plan,
    sha256,
    onWorld(view) {
      world = view;
    },
  });
  const [, witness] = world?.nodes ?? [];
  for (let height = 1; height <= (witness?.host.head().header.height ?? 0); height++) {
    const stored = await witness?.ledger.read({ kind: 'height', height });
    for (const { offender } of stored?.block.evidence ?? []) accused.add(offender);
  }
  const deeds = result.faultCoverage[adversary.strategy] ?? 0;
  return { result, deeds, machines: world?.nodes.length ?? 0, accused };
}

describe.each(STRATEGIES)('an adversary that does %s', (strategy) => {
  const { fault, subject } = STAGES[strategy];

  it(`does it under ${subject}, and breaks nothing for the others (simulation section 5, fault ${fault})`, async () => {
    const { result, deeds, machines, accused } = await tryStrategy(subject, { node: ADVERSARY, strategy });
    expect(machines).toBe(strategy === 'equivocate' ? 5 : 4);
    expect(deeds).toBeGreaterThan(0);
    expect(result.violations).toEqual([]);
    expect(result.blocks).toBeGreaterThanOrEqual(SLOTS / 2);
    const adversary = createStubCrypto({ sha256 }).identity(`node-${ADVERSARY}`).address;
    const isAccusable = ACCUSABLE_STRATEGIES.includes(strategy);
    expect([...accused].every((offender) => isAccusable && offender === adversary)).toBe(true);
    if (strategy === 'equivocate') expect(accused.size).toBe(1);
  });
});

describe('adversaries', () => {
  it('repeat their deeds, and their traces, if a run is repeated (simulation E4)', async () => {
    for (const strategy of ['mutate', 'flood'] as const) {
      const [first, second] = [
        await tryStrategy('dpos+checkpoint', { node: ADVERSARY, strategy }),
        await tryStrategy('dpos+checkpoint', { node: ADVERSARY, strategy }),
      ];
      expect(second.result).toEqual(first.result);
      expect(second.deeds).toBe(first.deeds);
    }
  });

  it('change no more than their plan says, so that it can be made smaller (ByzzFuzz, simulation D2)', async () => {
    const whole: ProcessFault = {
      at: 4_000,
      until: 8_000,
      recipients: ['node-0', 'node-1'],
      mutation: { kind: 'omit' },
    };
    const countFor = async (mutations: readonly ProcessFault[]): Promise<number> => {
      return (await tryStrategy('pbft', { node: ADVERSARY, strategy: 'mutate', mutations })).deeds;
    };
    const [all, fewer, none] = [
      await countFor([whole]),
      await countFor([{ ...whole, until: 6_000 }]),
      await countFor([]),
    ];
    expect(all).toBeGreaterThan(fewer);
    expect(fewer).toBeGreaterThan(0);
    expect(none).toBe(0);
  });

  it('that copy blocks did so once an honest node has a copy, and not as long as nobody hears them', async () => {
    const reseal = { node: ADVERSARY, strategy: 'reseal' } as const;
    const links = [0, 1, 2].map((to) => ({ from: ADVERSARY, to }));
    const mute = { kind: 'oneWay', at: 0, until: null, links } as const;
    const outside = [{ node: ADVERSARY, fate: 'mute' }] as const;
    const { result, deeds } = await tryStrategy('pow', reseal, { faults: [mute], coreNodes: [0, 1, 2], outside });
    expect(result.violations).toEqual([]);
    expect(deeds).toBe(0);
    expect((await tryStrategy('pow', reseal)).deeds).toBeGreaterThan(0);
  });

  it('leave a machine as it is before they begin and after they end', async () => {
    const random = createRandomStream({ seed: 1, label: 'adversary', sha256 });
    const crypto = createStubCrypto({ sha256 });
    const createSigner = () => crypto.createSigner('eve');
    for (const strategy of STRATEGIES) {
      if (strategy === 'equivocate') continue;
      const sent: string[] = [];
      const disguise = createDisguise(strategy, {
        name: 'eve',
        random,
        slotMs: 1_000,
        nodes: ['ada', 'eve'],
        createSigner,
      });
      const { net } = disguise.ports({
        name: 'eve',
        index: 0,
        incarnation: 0,
        isAlive: () => true,
        clock: { now: () => 0, schedule: () => () => undefined, entropy: () => new Uint8Array(32) },
        net: {
          self: 'eve',
          send: (_to, channel) => void sent.push(channel),
          subscribe: () => () => undefined,
          request: async () => null,
          serve: () => () => undefined,
          peers: () => ['ada'],
          penalise: () => undefined,
        },
        log: { append: async () => undefined, read: async function* () {}, truncate: async () => undefined },
        recorder: () => undefined,
        fail: () => undefined,
      });
      net.send(null, 'blocks', new Uint8Array(8));
      disguise.begin();
      disguise.end();
      net.send(null, 'blocks', new Uint8Array(8));
      expect(sent).toEqual(['blocks', 'blocks']);
      expect(countDeeds(disguise)).toBe(0);
    }
  });
});
