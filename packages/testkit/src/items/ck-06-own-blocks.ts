/**
 * What an engine builds, all nodes accept (contract CK-06).
 *
 * @module
 */
import { Findings, type KitItem, skipped } from '../item.ts';
import type { Sample } from '../sample/sample.ts';
import { pluginUnderTest } from '../subject.ts';

/** A network that is well builds in most slots; a lottery leaves some empty. */
const BLOCKS_PER_SLOT_MIN = 0.2;

/** The requirement. */
export const ownBlocks: KitItem = {
  id: 'CK-06',
  title: 'own blocks verify on every node, under every configuration, borders of epochs included',
  level: 'rules',
  async run(context) {
    const { plugin } = pluginUnderTest(context.subject);
    const findings = new Findings();
    if (plugin.createEngine === undefined) {
      if (plugin.traits.role === 'finality') return skipped('the plugin has no engine');
      const message = 'never produces: createEngine is missing, and without an engine nobody makes blocks';
      findings.add({ rule: 'contract CK-06', message, trace: [], seed: context.seed });
      return findings.outcome();
    }
    for (const sample of await context.samples()) judge(sample, findings);
    return findings.outcome();
  },
};

function judge(sample: Sample, findings: Findings): void {
  const { configName, seed, slots, slotMs, heights, rejections, faults } = sample;
  const where = `configuration ${configName}, ${heights.length} nodes, ${slots} slots, cut in two for a fifth of them`;
  for (const fault of faults) {
    findings.add({ rule: 'contract H-17', message: `a node stopped: ${fault}`, trace: [where], seed });
  }
  for (const rejection of rejections) {
    findings.add({
      rule: 'contract CK-06',
      message: `a block of an honest node was refused: ${rejection}`,
      trace: [where],
      seed,
    });
  }
  const unguarded = sample.refusals.get('GUARD_MISSING') ?? 0;
  if (unguarded > 0) {
    const message = 'has something signed without a guard that has a conflict key, which every host refuses';
    findings.add({ rule: 'contract H-28', message, trace: [where, `refused ${unguarded} times`], seed });
  }
  const height = Math.max(0, ...heights);
  findings.count('blocks', height);
  if (faults.length > 0) return;
  if (height === 0) {
    const message = `never produces: no node built a block in ${slots} slots`;
    findings.add({ rule: 'contract CK-06', message, trace: [where, ...lastEffects(sample)], seed });
  } else if (height < slots * BLOCKS_PER_SLOT_MIN) {
    const message = `hardly produces: ${height} blocks in ${slots} slots of ${slotMs} ms, in a network without faults`;
    findings.add({ rule: 'contract CK-06', message, trace: [where, ...lastEffects(sample)], seed });
  }
}

/** What engines asked for, by kind: an engine that builds nothing shows here what it does instead. */
function lastEffects({ sessions, refusals }: Sample): readonly string[] {
  const calls = sessions.map(({ node, records }) => {
    const kinds = new Map<string, number>();
    for (const record of records) {
      if (record.kind === 'engineStopped') continue;
      for (const { kind } of record.effects ?? []) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    const listed = Array.from(kinds, ([kind, count]) => `${kind} ${count}×`).join(', ');
    return `node ${node}: ${records.length} calls, effects: ${listed || 'none'}`;
  });
  const refused = Array.from(refusals, ([event, count]) => `${event} ${count}×`).join(', ');
  return refused === '' ? calls : [...calls, `hosts refused: ${refused}`];
}
