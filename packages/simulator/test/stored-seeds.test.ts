import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createSubject as createNamed } from '../../cli/src/simulate/subjects.ts';
import {
  createRandomStream,
  drawMutation,
  formatStoredSeed,
  isSimulationError,
  parseStoredSeed,
  replayStoredSeed,
  type StoredSeed,
  type Subject,
  simulateCommandOf,
} from '../src/index.ts';
import { sha256 } from './support/hash.ts';

/** As the command line has it, since that is what found the failures and repeats them. */
function createSubject(name: string): Subject {
  const [consensus, finality = null] = name.split('+') as Parameters<typeof createNamed>;
  return createNamed(consensus, finality);
}

const FOLDER = fileURLToPath(new URL('../testdata/seeds/', import.meta.url));
const FILES = readdirSync(FOLDER);
const read = (file: string): string => readFileSync(FOLDER + file, 'utf8');

const FAILING = {
  ...{ kind: 'diskError', at: 0, until: 9, node: 0 },
  ...{ readPermille: 101, writePermille: 0, misdirectPermille: 0 },
};
const OVERLAPPING = { kind: 'partition', at: 0, until: 9, groups: [[0], [1, 0]] };

const mutating = (mutation: object): object => {
  const mutations = [{ at: 0, until: 9, recipients: ['node-1'], mutation }];
  return { adversaries: [{ node: 0, strategy: 'mutate', mutations }] };
};

function withPlan(text: string, changes: object): string {
  const stored = JSON.parse(text);
  return JSON.stringify({ ...stored, plan: { ...stored.plan, ...changes } });
}

/** Grows with the folder and never shrinks (simulation D3). */
const KEPT = [
  'dpos+checkpoint-100197-I10.json',
  'dpos+checkpoint-100522-I10.json',
  'dpos+checkpoint-101452-E6.json',
  'dpos+checkpoint-103824-I10.json',
  'dpos+checkpoint-131163-I8.json',
  'dpos+checkpoint-310009-I9.json',
  'dpos+checkpoint-400214-I10.json',
  'dpos+checkpoint-601461-I9.json',
  'dt-dpos-400098-I9.json',
  'pbft-100214-I3.json',
  'pbft-100516-I3.json',
  'pbft-2098-E6.json',
  'pbft-35-I10.json',
  'pbft-405411-I10.json',
  'pbft-500886-I2.json',
  'pos-344-I9.json',
];

describe('stored seeds', () => {
  test.each(FILES)('%s comes to what is expected (simulation D1, D2)', async (file) => {
    const stored = parseStoredSeed(read(file));
    const { difference } = await replayStoredSeed({ stored, subject: createSubject(stored.subject), sha256, file });
    expect(difference).toBeNull();
  });

  test('none that was ever kept is gone (simulation D3)', () => {
    expect(FILES).toEqual(expect.arrayContaining(KEPT));
  });

  test.each(FILES)('%s is written canonically and says why it is kept', (file) => {
    const stored = parseStoredSeed(read(file));
    expect(formatStoredSeed(stored)).toBe(read(file));
    expect(stored.reason.length).toBeGreaterThan(40);
  });

  test('what comes to something else is told with seed, file and command (simulation D2, D4)', async () => {
    const file = 'pbft-35-I10.json';
    const stored = { ...parseStoredSeed(read(file)), expected: { outcome: 'I1' } } as const;
    const subject = createSubject(stored.subject);
    const { difference } = await replayStoredSeed({ stored, subject, sha256, file: 'seeds/x.json' });
    expect(difference).toMatch(/^pbft seed 35: expected I1, came to passes\n.*fiducia replay seeds\/x\.json$/);
    const other = { ...stored, expected: { outcome: 'passes', traceHash: 'ab'.repeat(32) } } as const;
    const { difference: trace } = await replayStoredSeed({ stored: other, subject, sha256 });
    expect(trace).toContain('expected the trace abab');
    expect(trace).toContain('--seeds 35..35');
  });

  test('a violation that another one forestalls is looked for alone (simulation D2)', async () => {
    const subject = { ...createSubject('pbft'), oracle: { whyIneligible: () => 'of a whim' } };
    const stuck = { nodes: 4, slots: 12, conditions: {}, disk: {}, faults: [], adversaries: [], workload: [] };
    const outside = [2, 3].map((node) => ({ node, fate: 'dead' as const }));
    const stored: StoredSeed = {
      commit: '0000000',
      subject: subject.name,
      seed: 1,
      profile: 'default',
      plan: { ...stuck, coreNodes: [0, 1], outside },
      expected: { outcome: 'I10' },
      reason: 'a test',
    };
    const { result, difference } = await replayStoredSeed({ stored, subject, sha256 });
    expect(difference).toBeNull();
    expect(result.violations.map(({ invariant }) => invariant)).toContain('I10');
  });

  test('every change that is drawn can be read again (simulation D1)', () => {
    const random = createRandomStream({ seed: 1, label: 'adversary', sha256 });
    for (let count = 0; count < 100; count++) {
      const changes = mutating(drawMutation(random));
      const { plan } = parseStoredSeed(withPlan(read('pbft-35-I10.json'), changes));
      expect(plan).toMatchObject(changes);
    }
  });

  test('the command of a drawn seed names protocol, gadget, profile and seed', () => {
    const run = { subject: 'pos+checkpoint', seed: 7, profile: 'harsh' } as const;
    expect(simulateCommandOf(run)).toBe(
      'fiducia simulate --consensus pos --finality checkpoint --faults harsh --seeds 7..7',
    );
  });

  test.each([
    ['not JSON', (text: string) => text.slice(1), 'stored'],
    ['no commit', (text: string) => text.replace('"commit"', '"comit"'), 'commit'],
    ['an unknown outcome', (text: string) => text.replace('"passes"', '"I15"'), 'expected.outcome'],
    [
      'delays that are no range',
      (text: string) => withPlan(text, { conditions: { delayMs: null } }),
      'plan.conditions',
    ],
    ['a rate above all', (text: string) => withPlan(text, { conditions: { lossPermille: 1_001 } }), 'network.loss'],
    [
      'slow nodes that are no list',
      (text: string) => withPlan(text, { conditions: { bandwidth: { nodes: 5 } } }),
      'plan.',
    ],
    ['a disk of no speed', (text: string) => withPlan(text, { disk: { syncMs: null } }), 'plan.disk.syncMs'],
    [
      'a disk that fails too often',
      (text: string) => withPlan(text, { faults: [FAILING] }),
      'plan.faults.0.readPermille',
    ],
    ['a node on both sides', (text: string) => withPlan(text, { faults: [OVERLAPPING] }), 'plan.faults.0.groups'],
    [
      'a change that no adversary can make',
      (text: string) => withPlan(text, mutating({ kind: 'shout' })),
      'plan.adversaries.0.mutations.0.mutation.kind',
    ],
    [
      'a change by two',
      (text: string) => withPlan(text, mutating({ kind: 'number', place: 0, delta: 2 })),
      'plan.adversaries.0.mutations.0.mutation.delta',
    ],
    ['a node that is not there', (text: string) => text.replace('"nodes": 4', '"nodes": 2'), 'plan.'],
  ])('refused: %s', (_what, change, path) => {
    const text = change(read('pbft-35-I10.json'));
    expect(() => parseStoredSeed(text)).toThrow(
      expect.toSatisfy((error) => isSimulationError(error, 'INVALID_OPTION') && error.message.includes(`path=${path}`)),
    );
  });
});
