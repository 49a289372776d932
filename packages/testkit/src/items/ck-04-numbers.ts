/**
 * Only integers that every machine holds exactly (contract CK-04, H-16).
 *
 * @module
 */
import { describeHeader, describeInput } from '../describe.ts';
import { findWrongNumber } from '../inspect/numbers.ts';
import { Findings, type KitItem } from '../item.ts';
import type { Sample } from '../sample/sample.ts';

/** The requirement. */
export const numbers: KitItem = {
  id: 'CK-04',
  title: 'no floats, negative zero or unsafe integers in states, verdicts, directives, hand-overs and effects',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) scan(sample, findings);
    return findings.outcome();
  },
};

function scan(sample: Sample, findings: Findings): void {
  const { journal, seed } = sample;
  const rules = sample.createRules();
  const look = (what: string, value: unknown, where: () => string): void => {
    findings.count('values searched');
    const wrong = findWrongNumber(value);
    if (wrong === undefined) return;
    const message = `${what}: ${wrong.path || 'the value'} ${wrong.reason}`;
    findings.add({ rule: 'contract H-16', message, trace: [where()], seed });
  };
  for (const { state } of journal.starts) {
    const where = (): string => 'start of the era';
    look('initial state', state, where);
    look('validators', rules.validators(state), where);
    if (rules.finality.kind === 'settle') look('depth', rules.finality.depth(state), where);
  }
  for (const { header, after } of sample.applied) {
    const where = (): string => describeHeader(header);
    look('state', after, where);
    look('validators', rules.validators(after), where);
    look('hand-over', rules.exportHandover(after, header), where);
    if (rules.finality.kind === 'settle') look('depth', rules.finality.depth(after), where);
  }
  for (const { header, verdict } of journal.verified) look('verdict', verdict, () => describeHeader(header));
  for (const { directives, context } of journal.directed) {
    look('directives', directives, () => `block at height ${context.height}`);
  }
  for (const { records } of sample.sessions) {
    for (const record of records) {
      if (record.kind === 'engineStopped') continue;
      // Traces are observations, which may be anything.
      const effects = record.effects?.filter(({ kind }) => kind !== 'trace');
      look('effects', effects, () => (record.kind === 'engineStarted' ? 'start' : describeInput(record.input)));
    }
  }
}
