/**
 * A verdict depends neither on what else is judged nor, once it is one, on the time (contract CK-08, H-18).
 *
 * @module
 */
import type { ConsensusHeader, ConsensusRules, Millis, Tip, Verdict } from '@fiducia/consensus';
import type { RandomStream } from '@fiducia/simulator';
import { describeHeader, describeThrown } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { Findings, type KitItem } from '../item.ts';
import { shuffled } from '../mutate.ts';
import type { VerifyCall } from '../sample/journal.ts';
import type { Sample } from '../sample/sample.ts';

const HEADERS = 12;
const SHUFFLES = 3;
/** Times at which a header is judged, beside its own; far enough that every rule about time takes part. */
const STEPS_MS: readonly Millis[] = [-86_400_000, -60_000, -15_001, -1_000, -1, 0, 1, 1_000, 15_001, 86_400_000];

const FAR_AHEAD_MS: Millis = 86_400_000;
/** Blocks of the end on which old ones are tried. */
const LATE_PARENTS = 3;

/** The requirement. */
export const orderAndTime: KitItem = {
  id: 'CK-08',
  title: 'a verdict depends neither on the order of judging nor, except defer, on the time',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      judgeInAnyOrder(sample, context.random('order'), findings);
      judgeAtAnyTime(sample, context.subject.slotMs, findings);
      requireThatTimeGoesOn(sample, findings);
    }
    return findings.outcome();
  },
};

function judgeInAnyOrder(sample: Sample, random: RandomStream, findings: Findings): void {
  const rules = sample.createRules();
  for (let round = 0; round < SHUFFLES; round++) {
    for (const { header, parent, now, verdict } of shuffled(sample.journal.verified, random)) {
      findings.count('verdicts in another order');
      if (fingerprint(judge(rules, header, parent, now)) === fingerprint(verdict)) continue;
      const message = 'a verdict depends on what was judged before';
      findings.add({ rule: 'contract CK-08', message, trace: [describeHeader(header)], seed: sample.seed });
    }
  }
}

/** Accepted headers, and the same ones as if they claimed a later time. */
function judgeAtAnyTime(sample: Sample, slotMs: Millis, findings: Findings): void {
  const rules = sample.createRules();
  const step = Math.max(1, Math.floor(sample.accepted.length / HEADERS));
  for (const { header, parent } of sample.accepted.filter((_, index) => index % step === 0)) {
    if (sample.plugin.traits.finality === 'settle') requireThatItWaits(sample, { header, parent }, findings);
    if (sample.plugin.traits.role === 'production') requireThatItFollows(sample, { header, parent }, findings);
    for (const slots of [0, 1, 10]) {
      const claimed = { ...header, timestamp: header.timestamp + slots * slotMs };
      const problem = problemOverTime(rules, claimed, parent);
      findings.count('headers judged at many times');
      if (problem === undefined) continue;
      findings.add({ rule: 'contract H-18', message: problem, trace: [describeHeader(claimed)], seed: sample.seed });
    }
  }
}

/** Blocks that nobody vouches for may not be dated ahead: whoever did it would have the heaviest branch. */
function requireThatItWaits(
  sample: Sample,
  { header, parent }: Pick<VerifyCall, 'header' | 'parent'>,
  findings: Findings,
): void {
  findings.count('headers from the future');
  const verdict = judge(sample.createRules(), header, parent, Math.max(0, header.timestamp - FAR_AHEAD_MS));
  if (typeof verdict === 'string' || verdict.kind !== 'accept') return;
  const message = 'accepts a header a day before its time, where it has to wait';
  findings.add({ rule: 'contract CK-08', message, trace: [describeHeader(header)], seed: sample.seed });
}

/** Whoever may date blocks back at will has more time for them than others. */
function requireThatItFollows(
  sample: Sample,
  { header, parent }: Pick<VerifyCall, 'header' | 'parent'>,
  findings: Findings,
): void {
  findings.count('headers from the past');
  const dated = { ...header, timestamp: Math.max(0, sample.start.parent.timestamp - FAR_AHEAD_MS) };
  const verdict = judge(sample.createRules(), dated, parent, header.timestamp);
  if (typeof verdict === 'string' || verdict.kind !== 'accept') return;
  const message = 'accepts a header that is dated a day before its chain began';
  findings.add({ rule: 'contract CK-08', message, trace: [describeHeader(dated)], seed: sample.seed });
}

/** A block of the first quarter on top of the last ones: whoever was to make it may sign it once more, with another parent. */
function requireThatTimeGoesOn({ plugin, accepted, seed, createRules }: Sample, findings: Findings): void {
  if (plugin.traits.role !== 'production') return;
  const rules = createRules();
  const early = accepted.slice(0, Math.floor(accepted.length / 4));
  for (const { parent } of accepted.slice(-LATE_PARENTS)) {
    for (const { header } of early) {
      findings.count('headers older than their parents');
      const { id: parentId, height, timestamp } = parent.header;
      const late = { ...header, parentId, height: height + 1 };
      const verdict = judge(rules, late, parent, timestamp);
      if (typeof verdict === 'string' || verdict.kind !== 'accept') continue;
      const message = 'accepts a header that is many blocks older than its parent';
      const trace = [`parent: ${describeHeader(parent.header)}`, `child:  ${describeHeader(late)}`];
      findings.add({ rule: 'contract CK-08', message, trace, seed });
    }
  }
}

function problemOverTime(
  rules: ConsensusRules<unknown>,
  header: ConsensusHeader,
  parent: Tip<unknown>,
): string | undefined {
  const times = STEPS_MS.map((stepMs) => Math.max(0, header.timestamp + stepMs));
  let decided: string | undefined;
  for (const now of [0, ...times, Number.MAX_SAFE_INTEGER]) {
    const verdict = judge(rules, header, parent, now);
    const when = describeTime(now, header);
    if (typeof verdict === 'string') return `verifyHeader throws ${when}: ${verdict}`;
    if (verdict.kind === 'defer') {
      if (decided !== undefined) return `a header is deferred ${when} after it was decided at an earlier time`;
      if (!Number.isSafeInteger(verdict.until) || verdict.until <= now) return `defers ${when} until ${verdict.until}`;
      const then = judge(rules, header, parent, verdict.until);
      if (typeof then !== 'string' && then.kind === 'defer')
        return `still defers at ${verdict.until}, until when it had asked`;
    } else {
      const text = fingerprint(verdict);
      if (decided !== undefined && decided !== text)
        return `another verdict ${when} than before: only defer may depend on time`;
      decided = text;
    }
  }
  return decided === undefined ? 'defers for ever' : undefined;
}

/** Relative to the header, so that equal problems of several headers have one message. */
function describeTime(now: Millis, { timestamp }: ConsensusHeader): string {
  if (now === 0) return 'at time 0';
  if (now === Number.MAX_SAFE_INTEGER) return 'at the end of time';
  const difference = now - timestamp;
  if (difference === 0) return 'at its timestamp';
  return difference > 0 ? `${difference} ms after its timestamp` : `${-difference} ms before its timestamp`;
}

function judge(
  rules: ConsensusRules<unknown>,
  header: ConsensusHeader,
  parent: Tip<unknown>,
  now: Millis,
): Verdict | string {
  try {
    return rules.verifyHeader(header, parent, now);
  } catch (thrown) {
    return describeThrown(thrown);
  }
}
