import {
  type ActorId,
  ConsensusError,
  type ConsensusHeader,
  type ConsensusPlugin,
  type ConsensusRules,
  SEAL_DOMAIN,
  type Tip,
} from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { KitContext } from '../src/context.ts';
import { type ConformanceSubject, formatReport, type ItemId, runConformance } from '../src/index.ts';
import { Findings } from '../src/item.ts';
import { requireQuorums } from '../src/items/ck-10-proofs.ts';
import { equivocation } from '../src/items/ck-16-equivocation.ts';
import { referenceNotary } from '../src/reference/notary.ts';
import { referenceTurns, type TurnsState } from '../src/reference/turns.ts';
import type { Sample } from '../src/sample/sample.ts';
import { NOTARY, subjectOf, TURNS } from './subjects.ts';

const turns = referenceTurns() as ConsensusPlugin;
const notary = referenceNotary() as ConsensusPlugin;

async function expectConformant(
  plugin: ConsensusPlugin,
  item: ItemId,
  seed = 1,
  more: Partial<ConformanceSubject> = {},
): Promise<string> {
  const report = await runConformance({ ...subjectOf(plugin), ...more }, { items: [item], seeds: [seed] });
  expect(report.isConformant, formatReport(report)).toBe(true);
  return formatReport(report);
}

/** The notary, that refuses to start in networks of other sizes. */
function onlyWith(count: number): ConsensusPlugin {
  return {
    ...notary,
    createRules(config, context) {
      const rules = notary.createRules(config, context);
      return {
        ...rules,
        initialState(start) {
          if (start.handover.validators.length === count) return rules.initialState(start);
          throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: notary.name, reason: 'too many or too few' });
        },
      };
    },
  };
}

/** Networks with faults take a while on a loaded machine. */
const TIMEOUT_MS = 240_000;

describe('a plugin that does nothing wrong is not refused', { timeout: TIMEOUT_MS }, () => {
  /** With seed 7 a byte of the proof is overwritten by the same byte. */
  it('contract CK-10: when what was drawn as a changed proof is the proof itself', async () => {
    await expectConformant(NOTARY.production.plugin, 'CK-10', 7);
  });

  it('contract CK-10: when it says that it does not run with so many members', async () => {
    await expectConformant(onlyWith(4), 'CK-10');
  });

  it.each([1, 2])('contract CK-16: when its subject has %i nodes', async (count) => {
    await expectConformant(turns, 'CK-16', 1, { nodeCounts: [count] });
  });

  it('contract CK-16: when it says that it runs with one node, and the kit says what it cannot try', async () => {
    const report = await expectConformant(onlyWith(1), 'CK-16', 1, { nodeCounts: [1] });
    expect(report).toMatch(/skip CK-16 .*\n.*too few for others to find out who signs twice/);
  });

  it.each([9_000, 16_000, 40_000])('contract CK-05: when it keeps %i heads, as it says', async (kept) => {
    await expectConformant(keepsHeads(kept), 'CK-05');
  });

  it('contract CK-05: unless it says that it keeps as many as anybody sends', async () => {
    const subject = subjectOf(keepsHeads(Number.POSITIVE_INFINITY));
    const report = formatReport(await runConformance(subject, { items: ['CK-05'], seeds: [1] }));
    expect(report).toMatch(/an unbounded Map in the engine: it holds \d+ entries after a flood of new heads/);
  });

  it('contract CK-10: when a vote of the committee before a change counts in a block after it', async () => {
    const { production } = subjectOf(turns, { slotMs: 1_000, rotationBlocks: 1 });
    const sample = await new KitContext({ ...subjectOf(turns), production, nodeCounts: [5] }, [1]).sample();
    const rules = sample.createRules();
    const faults = { kind: 'byzantine', numerator: 1, denominator: 3 } as const;
    /** Certificates on the block before, by as many of those who had a say then. */
    const carried = (voters: number): Sample => {
      const certificates = sample.applied.map(({ state, header, after }) => {
        const claims = rules
          .validators(state)
          .slice(0, voters)
          .map(({ id: signer }) => signedBy(signer, header));
        const parent: Tip<unknown> = { header, state: after, totalWeight: 1n };
        return { certificate: new Uint8Array(), parent, verdict: { kind: 'accept', claims } as const };
      });
      const plugin = { ...turns, traits: { ...turns.traits, faults } };
      return { ...sample, plugin, journal: { ...sample.journal, certificates } };
    };
    const outcomeOf = (voters: number) => {
      const findings = new Findings();
      requireQuorums(carried(voters), findings);
      return findings.outcome();
    };
    expect(outcomeOf(3)).toMatchObject({ kind: 'ok' });
    expect(outcomeOf(2)).toMatchObject({ kind: 'failure' });
  });

  it('contract CK-19: when blocks of those who stand in for somebody are late', async () => {
    await expectConformant(hasStandIns(), 'CK-06');
    await expectConformant(hasStandIns(), 'CK-19');
  });

  it('contract CK-18: when its subject has one node, that nobody could tell what it lost', async () => {
    await expectConformant(turns, 'CK-18', 1, { nodeCounts: [1] });
    const report = await expectConformant(onlyWith(1), 'CK-18', 1, { nodeCounts: [1] });
    expect(report).toMatch(/skip CK-18 .*\n.*runs alone/);
  });

  it('contract CK-16: when only its messages have conflict keys, and all of them quote somebody', async () => {
    await expectConformant(quotesTheHead(), 'CK-16');
  });
});

/** The first member makes a block in every slot, which is final at once; that of the slot's leader is for when it is away. */
function hasStandIns(): ConsensusPlugin {
  const notary = referenceNotary();
  const base = referenceTurns();
  const plugin: typeof base = {
    ...base,
    traits: {
      ...base.traits,
      leader: 'lottery',
      finality: 'checkpoint',
      faults: { kind: 'none', numerator: 0, denominator: 1 },
    },
    createRules(config, context) {
      const rules = base.createRules(config, context);
      const { finality } = notary.createRules(config, context);
      if (finality.kind !== 'proof') throw new TypeError('the notary proves what it signs');
      return {
        ...rules,
        finality: { ...finality, attached: false },
        verifyHeader(header, parent, now) {
          const verdict = rules.verifyHeader(header, parent, now);
          const [first] = parent.state.members;
          if (verdict.kind !== 'reject' || header.author !== first?.id) return verdict;
          return rules.verifyHeader(header, { ...parent, state: { ...parent.state, members: [first] } }, now);
        },
      };
    },
    createEngine(config, rules, context) {
      const [own, notarys] = [base, notary].map((of) => of.createEngine?.(config, rules, context));
      if (own === undefined || notarys === undefined) throw new TypeError('both reference plugins have engines');
      let isFirst = false;
      const pick = (head: Tip<TurnsState>) => {
        isFirst = head.state.members[0]?.id === context.self;
        return {
          ...head,
          state: { ...head.state, members: isFirst ? head.state.members.slice(0, 1) : head.state.members },
        };
      };
      return {
        start: (start, now) => {
          const picked = { ...start, head: pick(start.head) };
          return [own, notarys].map((engine) => engine.start(picked, now))[0] ?? [];
        },
        on: (input, now) => {
          const picked = input.kind === 'headChanged' ? { ...input, head: pick(input.head) } : input;
          const [plain, proven] = [own, notarys].map((engine) => engine.on(picked, now));
          return (isFirst ? proven : plain) ?? [];
        },
      };
    },
  };
  return plugin as ConsensusPlugin;
}

/** Turns that keep the newest heads and say how many. */
function keepsHeads(kept: number): ConsensusPlugin {
  return {
    ...turns,
    createEngine(config, rules, context) {
      const engine = turns.createEngine?.(config, rules, context);
      if (engine === undefined) throw new TypeError('the reference plugin has an engine');
      const heads = new Map<string, object>();
      return {
        start: (start, now) => engine.start(start, now),
        on(input, now) {
          if (input.kind === 'headChanged') heads.set(input.head.header.id, { ...input.head.header, now });
          const [oldest] = heads.keys();
          if (heads.size > kept && oldest !== undefined) heads.delete(oldest);
          return engine.on(input, now);
        },
        usage: () => [{ name: 'heads', count: heads.size, max: kept }],
      };
    },
  };
}

const signedBy = (signer: ActorId, { sealHash: data, seal: signature }: ConsensusHeader) =>
  ({ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }) as const;

/** Members vote for every head by repeating its seal: others signed that, so no second vote can be made up. */
function quotesTheHead(): ConsensusPlugin {
  const partsOf = (payload: Uint8Array) => ({
    place: payload.subarray(0, 1).join(),
    sealHash: payload.subarray(1, 33),
    author: new TextDecoder().decode(payload.subarray(33, 73)),
    signature: payload.subarray(73),
  });
  return {
    ...turns,
    createRules(config, context): ConsensusRules<unknown> {
      return {
        ...turns.createRules(config, context),
        conflictKey: (artefact) =>
          artefact.kind === 'header'
            ? undefined
            : `${artefact.message.author}/${partsOf(artefact.message.payload).place}`,
        messageClaims({ payload }) {
          const { sealHash: data, author: signer, signature } = partsOf(payload);
          return [{ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }];
        },
      };
    },
    createEngine(config, rules, context) {
      const engine = turns.createEngine?.(config, rules, context);
      if (engine === undefined) throw new TypeError('the reference plugin has an engine');
      return {
        start: (start, now) => engine.start(start, now),
        on(input, now) {
          const effects = engine.on(input, now);
          if (input.kind !== 'headChanged' || context.self === null) return effects;
          const { sealHash, author, seal: signature, height } = input.head.header;
          const payload = Uint8Array.of(height, ...sealHash, ...new TextEncoder().encode(author), ...signature);
          const guard = { lane: 'vote', sequence: [height] };
          return [...effects, { kind: 'send', to: { kind: 'validators' }, payload, guard }];
        },
      };
    },
  };
}

describe('a replay command', { timeout: TIMEOUT_MS }, () => {
  it('contract CK-16: repeats what it names, since a run of one seed takes nothing from another', async () => {
    const asked: number[] = [];
    class Watched extends KitContext {
      override sample(seed = this.seed): Promise<Sample> {
        asked.push(seed);
        // What comes of it is for others to say.
        return seed === 1 ? super.sample(seed) : Promise.reject(new Error('seen'));
      }
    }
    await expect(equivocation.run(new Watched(TURNS, [1, 2]))).rejects.toThrow('seen');
    expect(asked).toContain(2);
  });
});
