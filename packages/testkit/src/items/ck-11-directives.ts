/**
 * What consensus asks of the ledger can be carried out (contract CK-11).
 *
 * @module
 */
import { type Directive, type Evidence, type HeaderContext, LIMITS } from '@fiducia/consensus';
import { describeThrown } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import type { Sample } from '../sample/sample.ts';

const REASON = /^[A-Z][A-Z0-9_]{0,63}$/;
const MILLION = 1_000_000;

/** The requirement. */
export const directives: KitItem = {
  id: 'CK-11',
  title: 'directives are deterministic, in range and of declared kinds; the reward of a block is the documented one',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      if (sample.createRules().directives === undefined) return skipped('the plugin asks nothing of the ledger');
      const rewardAt = sample.configName === 'default' ? context.subject.oracles?.rewardPerBlock : undefined;
      judge(sample, rewardAt, findings);
    }
    return findings.outcome();
  },
};

function judge(sample: Sample, rewardAt: ((height: number) => bigint) | undefined, findings: Findings): void {
  const rules = sample.createRules();
  for (const { state, context, evidence } of sample.journal.directed) {
    const accused = sample.members.slice(0, 2).map((offender) => evidenceAgainst(offender, context));
    for (const given of [evidence, accused]) {
      findings.count('lists of directives');
      const where = `block at height ${context.height} with ${given.length} pieces of evidence`;
      const add = (message: string, shown: unknown): void => {
        const trace = [where, fingerprint(shown)];
        findings.add({ rule: 'contract CK-11', message, trace, seed: sample.seed });
      };
      let list: readonly Directive[];
      try {
        list = rules.directives?.(state, context, given) ?? [];
      } catch (thrown) {
        add(`directives throws: ${describeThrown(thrown)}`, given);
        continue;
      }
      if (fingerprint(list) !== fingerprint(rules.directives?.(state, context, given))) {
        add('directives gives another list for equal arguments', list);
      }
      if (list.length > LIMITS.directivesPerBlock) add(`${list.length} directives for one block`, list.length);
      for (const directive of list) {
        const problem = problemOf(directive, sample);
        if (problem !== undefined) add(problem, directive);
      }
      if (rewardAt !== undefined && given === evidence) checkReward(list, rewardAt(context.height), add);
    }
  }
}

function checkReward(
  list: readonly Directive[],
  expected: bigint,
  add: (message: string, shown: unknown) => void,
): void {
  let sum = 0n;
  for (const directive of list) if (directive.kind === 'reward') sum += directive.units;
  if (sum !== expected) add(`the block rewards ${sum} units, documented are ${expected}`, list);
}

function problemOf(directive: Directive, { plugin }: Sample): string | undefined {
  const { kind } = directive;
  if (!plugin.requires.directives.includes(kind)) return `the kind ${kind} is not declared in requires.directives`;
  switch (kind) {
    case 'reward':
      return directive.units >= 1n ? undefined : `a reward of ${directive.units}, at least 1 is demanded`;
    case 'slash': {
      const { partsPerMillion: parts, reason } = directive;
      if (!Number.isSafeInteger(parts) || parts < 1 || parts > MILLION) return `slashes ${parts} parts per million`;
      return problemOfReason(reason);
    }
    case 'jail': {
      const { untilHeight, reason } = directive;
      if (untilHeight !== null && (!Number.isSafeInteger(untilHeight) || untilHeight < 0))
        return `jails until ${untilHeight}`;
      return problemOfReason(reason);
    }
    case 'trustChanged':
      if (!Number.isSafeInteger(directive.trust)) return `trust is ${directive.trust}`;
      return problemOfReason(directive.reason);
    default:
      return undefined;
  }
}

function problemOfReason(reason: string): string | undefined {
  return REASON.test(reason) ? undefined : `the reason ${JSON.stringify(reason)} is not in UPPER_SNAKE`;
}

function evidenceAgainst(offender: string, { protocol, height }: HeaderContext): Evidence {
  return {
    kind: 'equivocation',
    era: 0,
    protocol,
    offender,
    height: Math.max(1, height - 1),
    subject: 'header',
    first: Uint8Array.of(1),
    second: Uint8Array.of(2),
  };
}
