/**
 * A recording of a node repeats to the same effects (contract CK-21, H-8).
 *
 * @module
 */
import { createRecordReplayer, replayRecords } from '@fiducia/host';
import { describeInput, describeThrown } from '../describe.ts';
import { fingerprint } from '../inspect/fingerprint.ts';
import { sha256 } from '../inspect/hash.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import type { EngineSession, Sample } from '../sample/sample.ts';

/** Steps shown before the one that differs. */
const STEPS_SHOWN = 5;

/** The requirement. */
export const replay: KitItem = {
  id: 'CK-21',
  title: 'inputs recorded over the network replay to the same effects, also from a file',
  level: 'engine',
  async run(context) {
    const findings = new Findings();
    for (const sample of await context.samples()) {
      if (sample.sessions.length === 0) return skipped('the plugin has no engine');
      for (const session of sample.sessions) replaySession(sample, session, findings);
      replayFile(sample, findings);
    }
    return findings.outcome();
  },
};

function replaySession(sample: Sample, session: EngineSession, findings: Findings): void {
  const { plugin, config, context, seed } = sample;
  const engine = plugin.createEngine?.(config, sample.createRules(), { ...context, self: session.self });
  if (engine === undefined) return;
  const steps: string[] = [];
  try {
    for (const { record, effects } of replayRecords(engine, session.records)) {
      if (record.kind === 'engineStopped') break;
      findings.count('calls replayed');
      steps.push(`${record.now}: ${record.kind === 'engineStarted' ? 'start' : describeInput(record.input)}`);
      if (fingerprint(effects) === fingerprint(record.effects)) continue;
      const message = `a replayed call of node ${session.node} gives other effects`;
      const trace = [
        ...steps.slice(-STEPS_SHOWN),
        `then: ${fingerprint(record.effects)}`,
        `now:  ${fingerprint(effects)}`,
      ];
      findings.add({ rule: 'contract H-8', message, trace, seed });
      return;
    }
  } catch (thrown) {
    const message = `a replayed call throws: ${describeThrown(thrown)}`;
    findings.add({ rule: 'contract H-17', message, trace: steps.slice(-STEPS_SHOWN), seed });
  }
}

/** As a bug report would: written to lines of text by the first node, read by nobody who was there. */
function replayFile({ plugins, recording, seed }: Sample, findings: Findings): void {
  const replayer = createRecordReplayer({ plugins, sha256 });
  try {
    for (const line of recording) {
      findings.count('lines of the recording');
      const difference = replayer.line(line);
      if (difference === null) continue;
      const message = `the recording of a node replays to other effects at line ${difference.line}`;
      const shown = [difference.input, difference.recorded, difference.replayed].map((value) => JSON.stringify(value));
      const trace = [`input: ${shown[0]}`, `then: ${shown[1]}`, `now:  ${shown[2]}`];
      findings.add({ rule: 'contract H-8', message, trace, seed });
      return;
    }
  } catch (thrown) {
    const message = `the recording of a node cannot be replayed: ${describeThrown(thrown)}`;
    findings.add({ rule: 'contract H-8', message, trace: [], seed });
  }
}
