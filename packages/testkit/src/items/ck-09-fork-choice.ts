/**
 * The order of tips is one, whatever the order of arrival (contract CK-09, H-20).
 *
 * @module
 */
import type { ConsensusRules, Tip } from '@fiducia/consensus';
import { describeHeader } from '../describe.ts';
import { Findings, type KitItem } from '../item.ts';
import { shuffled } from '../mutate.ts';
import type { Sample } from '../sample/sample.ts';

const TIPS_IN_LAWS = 12;
/** All orders of so many tips are tried: 120. */
const TIPS_IN_TREE = 5;

/** The requirement. */
export const forkChoice: KitItem = {
  id: 'CK-09',
  title: 'compareTips is antisymmetric and transitive, weights are positive, and any order of arrival gives one head',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      const rules = sample.createRules();
      checkWeights(sample, rules, findings);
      const tips = shuffled(tipsOf(sample), context.random('tips'));
      checkLaws(sample, rules, mostlyHighest(tips, TIPS_IN_LAWS), findings);
      checkArrival(sample, rules, mostlyHighest(tips, TIPS_IN_TREE), findings);
    }
    return findings.outcome();
  },
};

function tipsOf({ journal }: Sample): readonly Tip<unknown>[] {
  const tips = new Map(journal.verified.map(({ parent }) => [parent.header.id, parent]));
  return [...tips.values()];
}

/** Tips of branches that compete stand close to each other, so a dense part of the tree says most. */
function mostlyHighest(tips: readonly Tip<unknown>[], count: number): readonly Tip<unknown>[] {
  const heights = new Map<number, number>();
  for (const { header } of tips) heights.set(header.height, (heights.get(header.height) ?? 0) + 1);
  const siblings = tips.filter(({ header }) => (heights.get(header.height) ?? 0) > 1);
  const others = tips.filter((tip) => !siblings.includes(tip));
  return [...siblings.slice(0, count - 2), ...others].slice(0, count);
}

function checkWeights(sample: Sample, rules: ConsensusRules<unknown>, findings: Findings): void {
  for (const { state, header } of sample.applied) {
    const weight: unknown = rules.branchWeight?.(state, header) ?? 1n;
    findings.count('weights');
    if (typeof weight === 'bigint' && weight >= 1n) continue;
    const message = `branchWeight is ${String(weight)}, but a block adds at least 1n`;
    findings.add({ rule: 'contract CK-09', message, trace: [describeHeader(header)], seed: sample.seed });
  }
}

function checkLaws(
  sample: Sample,
  rules: ConsensusRules<unknown>,
  tips: readonly Tip<unknown>[],
  findings: Findings,
): void {
  const sign = (a: Tip<unknown>, b: Tip<unknown>): number => Math.sign(rules.compareTips?.(a, b) ?? 0);
  const add = (message: string, ...of: readonly Tip<unknown>[]): void => {
    const trace = of.map(({ header }) => describeHeader(header));
    findings.add({ rule: 'contract CK-09', message, trace, seed: sample.seed });
  };
  for (const a of tips) {
    if (sign(a, a) !== 0) add('compareTips prefers a tip to itself', a);
    for (const b of tips) {
      findings.count('pairs');
      if (sign(a, b) !== -sign(b, a) && !(sign(a, b) === 0 && sign(b, a) === 0))
        add('compareTips is not antisymmetric', a, b);
      for (const c of tips) {
        findings.count('triples');
        const [ab, bc, ac] = [sign(a, b), sign(b, c), sign(a, c)];
        if (ab >= 0 && bc >= 0 && (ab + bc > 0 ? ac <= 0 : ac !== 0)) add('compareTips is not transitive', a, b, c);
      }
    }
  }
}

function checkArrival(
  sample: Sample,
  rules: ConsensusRules<unknown>,
  tips: readonly Tip<unknown>[],
  findings: Findings,
): void {
  const better = (a: Tip<unknown>, b: Tip<unknown>): boolean => {
    const order = rules.compareTips?.(a, b) ?? 0;
    if (order !== 0) return order > 0;
    if (a.totalWeight !== b.totalWeight) return a.totalWeight > b.totalWeight;
    return a.header.id < b.header.id;
  };
  const heads = new Map<string, readonly Tip<unknown>[]>();
  for (const order of permutations(tips)) {
    findings.count('orders of arrival');
    const [first, ...others] = order;
    if (first === undefined) continue;
    let head = first;
    for (const tip of others) if (better(tip, head)) head = tip;
    heads.set(head.header.id, order);
  }
  if (heads.size <= 1) return;
  const trace = Array.from(heads, ([id, order]) => {
    return `${order.map(({ header }) => header.id.slice(0, 8)).join(', ')} gives ${id.slice(0, 8)}`;
  });
  const message = `the head depends on the order of arrival: ${heads.size} heads for ${tips.length} tips`;
  findings.add({ rule: 'contract H-20', message, trace, seed: sample.seed });
}

function* permutations<T>(list: readonly T[]): Iterable<readonly T[]> {
  if (list.length <= 1) {
    yield list;
    return;
  }
  for (const [index, first] of list.entries()) {
    for (const rest of permutations([...list.slice(0, index), ...list.slice(index + 1)])) yield [first, ...rest];
  }
}
