import { type ConsensusPlugin, reject } from '@fiducia/consensus';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatReport, type GoldenVectors, recordVectors, runConformance } from '../src/index.ts';
import { referenceTurns } from '../src/reference/turns.ts';
import { subjectOf, TURNS } from './subjects.ts';

describe('golden vectors of a major version', () => {
  let vectors: GoldenVectors;

  beforeAll(async () => {
    // Through text, as in a file.
    vectors = JSON.parse(JSON.stringify(await recordVectors(TURNS)));
  });

  const reportOn = async (plugin: ConsensusPlugin, golden = vectors): Promise<string> => {
    return formatReport(await runConformance({ ...subjectOf(plugin), vectors: golden }, { items: ['CK-22'] }));
  };

  it('contract CK-22: hold as long as no rule changes', async () => {
    expect(vectors.protocol).toBe('testkit-turns@1');
    expect(vectors.steps.length).toBeGreaterThan(20);
    expect(await reportOn(referenceTurns() as ConsensusPlugin)).toMatch(/ok {3}CK-22 .*\n +2\d blocks/);
  });

  it('contract CK-22: a rule that got stricter is told with the height at which it shows', async () => {
    const plugin = referenceTurns() as ConsensusPlugin;
    const stricter: ConsensusPlugin = {
      ...plugin,
      createRules(config, context) {
        const rules = plugin.createRules(config, context);
        return {
          ...rules,
          verifyHeader: (header, parent, now) =>
            header.height > 5 ? reject('TOO_HIGH') : rules.verifyHeader(header, parent, now),
        };
      },
    };
    const report = await reportOn(stricter);
    expect(report).toContain('the vectors of testkit-turns@1 no longer hold at height 6: the verdict is another');
    expect(report).toContain('raise the major version');
  });

  it('contract CK-22: those of another major version, and those that are none, are refused', async () => {
    const next: ConsensusPlugin = { ...(referenceTurns() as ConsensusPlugin), version: '2.0.0' };
    expect(await reportOn(next)).toContain('they are those of testkit-turns@1, not of testkit-turns@2');
    const broken = { ...vectors, start: {} };
    expect(await reportOn(referenceTurns() as ConsensusPlugin, broken)).toContain('the vectors cannot be judged');
  });

  it('contract CK-22: without any the author learns how to make them', async () => {
    const report = formatReport(await runConformance(TURNS, { items: ['CK-22'] }));
    expect(report).toMatch(
      /skip CK-22 .*\n +no vectors of testkit-turns@1: keep what recordVectors\(subject\) returns/,
    );
  });
});
