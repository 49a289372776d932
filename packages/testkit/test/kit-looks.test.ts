import type { ConsensusPlugin, ConsensusRules, EraStart, Evidence, Verdict } from '@fiducia/consensus';
import { SEAL_DOMAIN } from '@fiducia/consensus';
import { createMemoryStore, type KvStore } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { KitContext } from '../src/context.ts';
import {
  type ConformanceOptions,
  type ConformanceSubject,
  createStoreChecks,
  formatReport,
  type ItemId,
  isTestkitError,
  runConformance,
} from '../src/index.ts';
import { immutability } from '../src/items/ck-02-immutability.ts';
import { referenceTurns, type TurnsConfig } from '../src/reference/turns.ts';
import type { VerifyCall } from '../src/sample/journal.ts';
import type { Sample } from '../src/sample/sample.ts';
import { recordEngineLives } from '../src/vectors/record-engines.ts';
import { describeConformance } from '../src/vitest.ts';
import { refusesLateComers } from './broken/unsafe.ts';
import { NOTARY, subjectOf, TURNS } from './subjects.ts';

type Rules = ConsensusRules<unknown>;

const turns = referenceTurns() as ConsensusPlugin;

function withRules(change: (rules: Rules) => Rules, plugin = turns): ConsensusPlugin {
  return { ...plugin, createRules: (config, context) => change(plugin.createRules(config, context)) };
}

/** What the kit says of a subject. */
async function reportOn(subject: ConformanceSubject, item: ItemId, options: ConformanceOptions = {}): Promise<string> {
  return formatReport(await runConformance(subject, { items: [item], seeds: [1], ...options }));
}

/** Declares tests while `FIDUCIA_SEED` has this value. @returns What that throws. */
function declaredWith(seed: string, subject = TURNS, options: ConformanceOptions = { seeds: [-1] }): unknown {
  const { FIDUCIA_SEED: before } = process.env;
  process.env.FIDUCIA_SEED = seed;
  try {
    describeConformance(subject, { items: ['CK-04'], ...options });
    return undefined;
  } catch (thrown) {
    return thrown;
  } finally {
    if (before === undefined) delete process.env.FIDUCIA_SEED;
    else process.env.FIDUCIA_SEED = before;
  }
}

describe('FIDUCIA_SEED', () => {
  const thrown = declaredWith('');

  it('contract CK-14: left empty names no seed, so that those of the options count', () => {
    expect(isTestkitError(thrown, 'INVALID_OPTION')).toBe(true);
  });
});

describe('tests of many seeds', () => {
  declaredWith('', { ...TURNS, name: 'patient' }, { seeds: Array.from({ length: 40 }, (_, seed) => seed) });
  declaredWith('', { ...TURNS, name: 'hasty' }, { seeds: [1] });

  it('contract CK-13: get the time of all their networks', ({ task }) => {
    const timeOf = (name: string): number => {
      const suite = task.suite?.tasks.find((one) => one.name === `conformance of ${name}`);
      const [test] = suite?.type === 'suite' ? suite.tasks : [];
      return test?.type === 'test' ? test.timeout : 0;
    };
    expect(timeOf('hasty')).toBe(120_000);
    expect(timeOf('patient')).toBe(20 * 120_000);
  });
});

describe('configurations of one name', () => {
  it.each([[['fast', 'fast']], [['default']], [['large register']], [['5 nodes']]])(
    'contract CK-06: are refused, since only one of them would be tried: %j',
    async (names) => {
      const configs = names.map((name) => ({ name, config: { slotMs: 1_000 } }));
      const thrown: unknown = await reportOn({ ...TURNS, configs }, 'CK-04').catch((error: unknown) => error);
      expect(isTestkitError(thrown, 'INVALID_OPTION')).toBe(true);
    },
  );
});

describe('a report names what is wrong', () => {
  it('contract H-37: with a configuration that no host takes, not with a plugin that throws', async () => {
    const configs = [{ name: 'hasty', config: { slotMs: 1 } }];
    const report = await reportOn({ ...TURNS, configs }, 'CK-04');
    expect(report).toContain('no host starts the plugin under the configuration hasty');
    expect(report).toMatch(/rule: {3}contract H-37, contract CK-04/);
  });
});

/** Rules that claim, beside the seal of a header, that of its parent, which was checked long ago. */
function claimsTheParentOnceMore(): ConsensusPlugin {
  return withRules((rules) => ({
    ...rules,
    verifyHeader(header, parent, now): Verdict {
      const verdict = rules.verifyHeader(header, parent, now);
      const { author: signer, sealHash: data, seal: signature, height } = parent.header;
      if (verdict.kind !== 'accept' || height === 0) return verdict;
      return {
        ...verdict,
        claims: [{ kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature }, ...verdict.claims],
      };
    },
  }));
}

/** Writes what stands there anyway: whoever may not change something may not do that either. */
function touch(value: object): void {
  Object.assign(value, { ...value });
}

/** The notary, with a rule of every kind, of which one writes into its arguments. */
function touching(name: string): ConsensusPlugin {
  const plugin = withRules((rules) => {
    const spoil =
      <Args extends readonly unknown[], Result>(rule: string, call: (...args: Args) => Result) =>
      (...args: Args): Result => {
        if (rule === name) for (const arg of args) if (typeof arg === 'object' && arg !== null) touch(arg);
        return call(...args);
      };
    const { finality } = rules;
    return {
      ...rules,
      finality:
        finality.kind === 'proof'
          ? { ...finality, verifyProof: spoil('verifyProof', (...args) => finality.verifyProof(...args)) }
          : finality,
      initialState: spoil('initialState', (start) => rules.initialState(start)),
      branchWeight: spoil('branchWeight', () => 1n),
      compareTips: spoil('compareTips', () => 0),
      directives: spoil('directives', () => []),
      conflictKey: spoil('conflictKey', (artefact) => rules.conflictKey?.(artefact)),
      messageClaims: spoil('messageClaims', () => []),
      verifyEvidence: spoil('verifyEvidence', () => ({ kind: 'reject', code: 'NONE' })),
      verifyCertificate: spoil('verifyCertificate', () => ({ kind: 'reject', code: 'NONE' })),
    };
  }, NOTARY.production.plugin);
  return plugin;
}

/** A kit that saw a certificate, evidence and a message, too. */
class FullerContext extends KitContext {
  override async samples(): Promise<readonly Sample[]> {
    const { journal, ...sample } = await this.sample();
    const [{ header, parent }] = sample.accepted as readonly [VerifyCall];
    const artefact = { kind: 'header', header } as const;
    const verdict: Verdict = { kind: 'reject', code: 'NONE' };
    const bytes = Uint8Array.of(1, 2, 3);
    const place = { era: 0, protocol: header.protocol, offender: header.author, height: 1 };
    const evidence: Evidence = { kind: 'equivocation', ...place, subject: 'header', first: bytes, second: bytes };
    return [
      {
        ...sample,
        journal: {
          ...journal,
          certificates: [{ certificate: bytes, parent, verdict }],
          judged: [{ evidence, state: parent.state, subjects: [artefact, artefact], verdict }],
          messages: [{ author: header.author, payload: bytes, signature: bytes }],
        },
      },
    ];
  }
}

/** Networks with faults take a while on a loaded machine. */
const TIMEOUT_MS = 240_000;

describe('what is broken is noticed', { timeout: TIMEOUT_MS }, () => {
  it('contract CK-07: a claim that guards nothing, although other changes of the header are refused', async () => {
    const report = await reportOn(subjectOf(claimsTheParentOnceMore()), 'CK-07');
    expect(report).toContain('the claim of kind signature guards nothing');
  });

  it('contract CK-03: a state whose directives, weight or depth are not those of its encoding', async () => {
    type Paid = { readonly paid?: number };
    const paid = (change: (paid: (state: unknown) => number) => Partial<Rules>): ConsensusPlugin => {
      const plugin = withRules((rules) => ({
        ...rules,
        applyHeader: (state, header, facts) => ({
          ...(rules.applyHeader(state, header, facts) as object),
          paid: ((state as Paid).paid ?? 0) + 1,
        }),
        ...change((state) => (state as Paid).paid ?? 0),
      }));
      return { ...plugin, requires: { ...plugin.requires, directives: ['reward'] } };
    };
    for (const [name, plugin] of [
      [
        'directives',
        paid((of) => ({
          directives: (state, { author }) => [{ kind: 'reward', actor: author, units: BigInt(of(state) + 1) }],
        })),
      ],
      ['branchWeight', paid((of) => ({ branchWeight: (state) => BigInt(of(state) + 1) }))],
      ['depth', paid((of) => ({ finality: { kind: 'settle', depth: (state) => of(state) + 1 } }))],
    ] as const) {
      const report = await reportOn(subjectOf(plugin), 'CK-03');
      expect(report).toContain(`a decoded state behaves differently: ${name}`);
    }
  });

  it.each([1, 2, 4])(
    'contract CK-16: evidence that its rules refuse, where the subject has %i nodes',
    async (count) => {
      const plugin = withRules((rules) => ({ ...rules, verifyEvidence: () => ({ kind: 'reject', code: 'NEVER' }) }));
      const report = await reportOn({ ...subjectOf(plugin), nodeCounts: [count] }, 'CK-16');
      expect(report).toContain('no honest node has evidence of it');
    },
  );

  it.each([
    'initialState',
    'branchWeight',
    'compareTips',
    'directives',
    'conflictKey',
    'messageClaims',
    'verifyProof',
    'verifyCertificate',
    'verifyEvidence',
  ])('contract CK-02: %s that writes into what it is given', async (name) => {
    const outcome = await immutability.run(new FullerContext(subjectOf(touching(name)), [1]));
    const messages = outcome.kind === 'failure' ? outcome.findings.map(({ message }) => message) : [];
    expect(messages).toEqual([expect.stringContaining(`${name} throws on frozen arguments`)]);
  });

  it('contract CK-02: no rule that leaves alone what it is given', async () => {
    const outcome = await immutability.run(new FullerContext(subjectOf(touching('none')), [1]));
    expect(outcome.kind).toBe('ok');
  });

  it('contract CK-06: what breaks under a further configuration late in a sample of as many slots', async () => {
    const breaksAt = 25;
    const plugin: ConsensusPlugin = {
      ...turns,
      createRules(config, context) {
        const rules = turns.createRules(config, context);
        const { rotationBlocks } = config as TurnsConfig;
        return {
          ...rules,
          applyHeader(state, header, facts) {
            if (header.height === rotationBlocks) throw new RangeError('nobody thought of this border');
            return rules.applyHeader(state, header, facts);
          },
        };
      },
    };
    const configs = [{ name: 'rotating', config: { slotMs: 1_000, rotationBlocks: breaksAt } }];
    expect(await reportOn({ ...subjectOf(plugin), configs, sampleSlots: 40 }, 'CK-06')).toContain('this border');
    const context = new KitContext({ ...TURNS, configs, sampleSlots: 40 }, [1]);
    const samples = [...(await context.samples()), await context.sampleOf(5), await context.sampleWithRegister()];
    expect(samples.map(({ slots }) => slots)).toEqual([40, 40, 40, 40]);
  });

  it('contract CK-15: a crash that its engine does not survive, where the first member has nothing to do', async () => {
    const plugin: ConsensusPlugin = {
      ...turns,
      createRules(config, context) {
        const rules = turns.createRules(config, context);
        const last = (start: EraStart): EraStart => {
          const validators = start.handover.validators.slice(-1);
          return { ...start, handover: { ...start.handover, validators } };
        };
        return { ...rules, initialState: (start) => rules.initialState(last(start)) };
      },
      createEngine(config, rules, context) {
        const engine = turns.createEngine?.(config, rules, context);
        if (engine === undefined) throw new TypeError('the reference plugin has an engine');
        return {
          start(start, now) {
            if (start.head.header.author === context.self) throw new RangeError('a block of mine');
            return engine.start(start, now);
          },
          on: (input, now) => engine.on(input, now),
        };
      },
    };
    expect(await reportOn(subjectOf(plugin), 'CK-15')).toContain('a block of mine');
  });

  it('contract CK-18: who comes late and never catches up, where the subject has one node', async () => {
    const subject = { ...subjectOf(refusesLateComers()), nodeCounts: [1] };
    expect(await reportOn(subject, 'CK-18')).toContain('a node that joins late');
  });

  it('contract CK-19: a plugin that breaks down before it starts, which is no refusal', async () => {
    const plugin = withRules((rules) => ({
      ...rules,
      initialState(start) {
        const others = start.handover.validators.length - 1;
        return 10n / BigInt(others) > 0n ? rules.initialState(start) : null;
      },
    }));
    const report = await reportOn(subjectOf(plugin), 'CK-19');
    expect(report).toContain('a single member: ');
    expect(report).toContain('Division by zero');
  });

  it('storage S2: a store that takes its time before it writes one by one', async () => {
    const create = (): { open(): KvStore } => ({
      open() {
        const store = createMemoryStore();
        return {
          get: (table, key) => store.get(table, key),
          range: (...parts) => store.range(...parts),
          close: () => store.close(),
          async commit(writes) {
            for (const write of writes) {
              await Promise.resolve();
              await store.commit([write]);
            }
          },
        };
      },
    });
    const check = createStoreChecks({ name: 'slow', isVolatile: true, create }).find(({ title }) =>
      title.startsWith('shows all of a commit or nothing'),
    );
    const thrown: unknown = await check?.run().catch((error: unknown) => error);
    expect(isTestkitError(thrown, 'NOT_CONFORMANT')).toBe(true);
  });
});

/** The same, with every function on a prototype, as in a class that somebody wrote. */
function asClass<T extends object>(parts: T): T {
  const isFunction = (value: unknown): boolean => typeof value === 'function';
  const split = (keep: boolean) =>
    Object.fromEntries(Object.entries(parts).filter(([, value]) => isFunction(value) === keep));
  return Object.assign(Object.create(split(true)), split(false)) as T;
}

describe('plugins and rules that are classes', { timeout: TIMEOUT_MS }, () => {
  it('contract CK-06: are tried like all others', async () => {
    const plugin = asClass(turns);
    const report = await reportOn(subjectOf(plugin), 'CK-06');
    expect(report).toContain('ok   CK-06');
    expect(await reportOn(subjectOf(plugin), 'CK-15')).toContain('ok   CK-15');
  });

  it('contract CK-22: have lives of engines among their vectors', async () => {
    const twins = { config: { slotMs: 200 }, slotMs: 200, roundsMs: [250, 200, 200] };
    const { plugin } = NOTARY.production;
    const written = { ...plugin, createRules: (...given) => asClass(plugin.createRules(...given)) } as ConsensusPlugin;
    const lives = await recordEngineLives({ ...subjectOf(asClass(written)), twins }, 1, 3);
    expect(lives).toEqual(await recordEngineLives({ ...NOTARY, twins }, 1, 3));
    expect(lives).not.toEqual([]);
  });
});
