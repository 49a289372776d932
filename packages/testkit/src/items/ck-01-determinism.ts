/**
 * Two instances and equal inputs give equal results, with nothing but the arguments in reach (contract CK-01).
 *
 * @module
 */
import type { ConsensusRules } from '@fiducia/consensus';
import { describeHeader, describeInput, describeThrown } from '../describe.ts';
import { fingerprint, fingerprintChunks } from '../inspect/fingerprint.ts';
import { callPoisoned, type PoisonedCall } from '../inspect/poison.ts';
import { Findings, type KitItem } from '../item.ts';
import type { EngineSession, Sample } from '../sample/sample.ts';

/** The requirement. */
export const determinism: KitItem = {
  id: 'CK-01',
  title: 'two instances and equal inputs give byte-equal effects and states, with the outside world out of reach',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      repeatRules(sample, findings);
      for (const session of sample.sessions) repeatEngine(sample, session, findings);
    }
    return findings.outcome();
  },
};

/** In reverse order and twice each, so that whatever a rule remembered of earlier calls is different now. */
function repeatRules(sample: Sample, findings: Findings): void {
  const rules = sample.createRules();
  for (const { header, parent, now, verdict } of twiceFromTheEnd(sample.journal.verified)) {
    const call = callPoisoned(() => fingerprint(rules.verifyHeader(header, parent, now)));
    check(sample, findings, 'verifyHeader', call, fingerprint(verdict), () => describeHeader(header));
  }
  for (const { state, header, facts, encoded } of twiceFromTheEnd(sample.applied)) {
    const call = callPoisoned(() => fingerprintChunks(rules.codec.encode(rules.applyHeader(state, header, facts))));
    check(sample, findings, 'applyHeader', call, fingerprintChunks(encoded), () => describeHeader(header));
  }
  for (const { state, context, evidence, directives } of twiceFromTheEnd(sample.journal.directed)) {
    const call = callPoisoned(() => fingerprint(rules.directives?.(state, context, evidence) ?? []));
    check(sample, findings, 'directives', call, fingerprint(directives), () => `block at height ${context.height}`);
  }
  repeatStart(sample, rules, findings);
}

function twiceFromTheEnd<T>(calls: readonly T[]): readonly T[] {
  return calls.flatMap((call) => [call, call]).reverse();
}

function repeatStart(sample: Sample, rules: ConsensusRules<unknown>, findings: Findings): void {
  for (const { start, state } of sample.journal.starts) {
    const call = callPoisoned(() => fingerprintChunks(rules.codec.encode(rules.initialState(start))));
    const expected = fingerprintChunks(rules.codec.encode(state));
    check(sample, findings, 'initialState', call, expected, () => `era ${start.era}`);
  }
}

/** The engine is fed what one like it got in the network; its rules are new, too. */
function repeatEngine(sample: Sample, session: EngineSession, findings: Findings): void {
  const { plugin, config, context } = sample;
  const engine = plugin.createEngine?.(config, sample.createRules(), { ...context, self: session.self });
  if (engine === undefined) return;
  const trace: string[] = [];
  for (const record of session.records) {
    if (record.kind === 'engineStopped' || record.effects === null) return;
    const step = record.kind === 'engineStarted' ? 'start' : describeInput(record.input);
    trace.push(`${record.now}: ${step}`);
    const call = callPoisoned(() =>
      fingerprint(
        record.kind === 'engineStarted' ? engine.start(record.start, record.now) : engine.on(record.input, record.now),
      ),
    );
    const isEqual = check(sample, findings, 'engine', call, fingerprint(record.effects), () =>
      trace.slice(-6).join(', '),
    );
    if (!isEqual) return;
  }
}

function check(
  { seed }: Sample,
  findings: Findings,
  name: string,
  call: PoisonedCall<string>,
  expected: string,
  describe: () => string,
): boolean {
  findings.count(`${name} calls`);
  for (const used of call.used) {
    const message = `${name} uses ${used}: nodes would come to different results`;
    findings.add({ rule: 'contract H-15', message, trace: [describe()], seed });
  }
  if (call.used.length > 0) return false;
  if (call.thrown !== undefined) {
    const message = `${name} throws on what it returned for before: ${describeThrown(call.thrown)}`;
    findings.add({ rule: 'contract CK-01', message, trace: [describe()], seed });
    return false;
  }
  if (call.value === expected) return true;
  const message = `${name} keeps state between calls: a second instance gives another result for equal arguments`;
  const trace = [describe(), `first:  ${shorten(expected)}`, `second: ${shorten(call.value ?? '')}`];
  findings.add({ rule: 'contract CK-01', message, trace, seed });
  return false;
}

const SHOWN_MAX = 300;

function shorten(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}… (${text.length} characters)`;
}
