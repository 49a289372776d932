/**
 * What a major version decided once, it decides for ever (contract CK-22).
 *
 * @module
 */
import { protocolId } from '@fiducia/consensus';
import { describeThrown } from '../describe.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import { pluginUnderTest } from '../subject.ts';
import { judgeVectors } from '../vectors/judge.ts';

/** The requirement. */
export const vectors: KitItem = {
  id: 'CK-22',
  title: 'the golden vectors of this major version still hold',
  level: 'rules',
  async run({ subject, seed }) {
    const { plugin } = pluginUnderTest(subject);
    const golden = subject.vectors;
    if (golden === undefined) {
      return skipped(
        `no vectors of ${protocolId(plugin)}: keep what recordVectors(subject) returns as JSON and pass it as vectors`,
      );
    }
    const findings = new Findings();
    const add = (message: string, ...trace: readonly string[]): void => {
      findings.add({ rule: 'contract CK-22', message, trace, seed });
    };
    try {
      const { difference, isOfEngine, blocks, answers } = judgeVectors(plugin, golden);
      findings.count('blocks', blocks);
      findings.count('answers', answers);
      if (difference !== undefined) {
        const { life, height, what } = difference;
        const hint = isOfEngine
          ? 'an engine acts otherwise: if that is meant, and others of this version can live with it, record the vectors anew'
          : 'a rule changed its meaning: raise the major version, or take the change back';
        const place = isOfEngine ? '' : ` at height ${height}`;
        add(`the vectors of ${golden.protocol} no longer hold${place}: ${what}`, `life: ${life}`, hint);
      }
    } catch (thrown) {
      add(`the vectors cannot be judged: ${describeThrown(thrown)}`);
    }
    return findings.outcome();
  },
};
