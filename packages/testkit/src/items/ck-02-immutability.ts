/**
 * Arguments and results are immutable in both directions (contract CK-02, H-14).
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { describeHeader, describeInput, describeThrown } from '../describe.ts';
import { type FrozenCall, frozenCalls } from '../hostile/frozen-calls.ts';
import { fingerprint, fingerprintChunks } from '../inspect/fingerprint.ts';
import { deepCopy, deepFreeze } from '../inspect/freeze.ts';
import { Findings, type KitItem } from '../item.ts';
import type { EngineSession, Sample } from '../sample/sample.ts';

/** The requirement. */
export const immutability: KitItem = {
  id: 'CK-02',
  title: 'works on deep-frozen arguments, and never changes a result later',
  level: 'rules',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      tryRules(sample, findings);
      for (const session of sample.sessions) tryEngine(sample, session, findings);
      checkKeptStates(sample, findings);
    }
    return findings.outcome();
  },
};

/** Every call on frozen copies; bytes and maps, which cannot be frozen, are compared with what they were. */
function tryRules(sample: Sample, findings: Findings): void {
  const rules = sample.createRules();
  const textOf = ({ args, states }: FrozenCall): string =>
    [fingerprint(args), ...states.map((state) => fingerprintChunks(rules.codec.encode(state)))].join();
  for (const call of frozenCalls(sample, rules)) {
    const before = textOf(call);
    attempt(sample, findings, call);
    if (textOf(call) === before) continue;
    const message = `${call.name} changes what it was given`;
    findings.add({ rule: 'contract H-14', message, trace: [call.where], seed: sample.seed });
  }
}

function attempt({ seed }: Sample, findings: Findings, { name, where, run }: FrozenCall): void {
  findings.count('calls on frozen arguments');
  try {
    deepFreeze(run());
  } catch (thrown) {
    const message = `${name} throws on frozen arguments: ${describeThrown(thrown)}`;
    findings.add({ rule: 'contract H-14', message, trace: [where], seed });
  }
}

/** Effects must stay as they were returned, whatever comes afterwards. */
function tryEngine(sample: Sample, session: EngineSession, findings: Findings): void {
  const { plugin, config, context, seed } = sample;
  const rules = sample.createRules();
  const engine = plugin.createEngine?.(config, rules, Object.freeze({ ...context, self: session.self }));
  if (engine === undefined) return;
  const returned: { readonly effects: unknown; readonly before: string; readonly step: string }[] = [];
  for (const record of session.records) {
    if (record.kind === 'engineStopped' || record.effects === null) break;
    const step = record.kind === 'engineStarted' ? 'start' : describeInput(record.input);
    findings.count('inputs on frozen arguments');
    try {
      const effects =
        record.kind === 'engineStarted'
          ? engine.start(frozenInput(record.start), record.now)
          : engine.on(frozenInput(record.input), record.now);
      returned.push({ effects, before: fingerprint(effects), step });
    } catch (thrown) {
      const message = `the engine throws on frozen arguments: ${describeThrown(thrown)}`;
      findings.add({ rule: 'contract H-14', message, trace: [step], seed });
      return;
    }
  }
  const changed = returned.find(({ effects, before }) => fingerprint(effects) !== before);
  if (changed === undefined) return;
  const message = 'the engine changes effects after it returned them';
  findings.add({ rule: 'contract H-14', message, trace: [changed.step], seed });
}

function frozenInput<T>(input: T): T {
  return deepFreeze(deepCopy(input));
}

/** The states of the run, encoded again after everything that came later. */
function checkKeptStates(sample: Sample, findings: Findings): void {
  const rules = sample.createRules();
  for (const { after, encoded, header } of sample.applied) {
    findings.count('states looked at again');
    const now: readonly Bytes[] = [...rules.codec.encode(after)];
    if (fingerprintChunks(now) === fingerprintChunks(encoded)) continue;
    const message = 'a state changed after it was returned: siblings that share it would differ between nodes';
    findings.add({ rule: 'contract H-14', message, trace: [describeHeader(header)], seed: sample.seed });
  }
}
