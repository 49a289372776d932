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
    expect(vectors.lives).toHaveLength(1);
    expect(await reportOn(referenceTurns() as ConsensusPlugin)).toMatch(
      /ok {3}CK-22 .*\n +1?\d\d blocks, \d{4} answers/,
    );
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

  it('contract CK-22: a rule that takes more than before is told, though every block of the chain is still taken', async () => {
    const plugin = referenceTurns() as ConsensusPlugin;
    const laxer: ConsensusPlugin = {
      ...plugin,
      createRules(config, context) {
        const rules = plugin.createRules(config, context);
        return {
          ...rules,
          verifyHeader: (header, parent, now) =>
            rules.verifyHeader(
              header.digest.length > 0 ? { ...header, digest: new Uint8Array() } : header,
              parent,
              now,
            ),
        };
      },
    };
    expect(await reportOn(laxer)).toContain('the verdict on the header with changed digest 0 is another');
  });

  it('contract CK-22: a rule that writes into what it was given is told', async () => {
    const plugin = referenceTurns() as ConsensusPlugin;
    const sharing: ConsensusPlugin = {
      ...plugin,
      createRules(config, context) {
        const rules = plugin.createRules(config, context);
        return {
          ...rules,
          applyHeader(state, header, facts) {
            const [first] = (state as { members: { weight: bigint }[] }).members;
            if (header.height > 7 && first !== undefined) Object.assign(first, { weight: first.weight + 1n });
            return rules.applyHeader(state, header, facts);
          },
        };
      },
    };
    expect(await reportOn(sharing)).toMatch(/no longer hold at height 8: (the state after|a second child)/);
  });

  it('contract CK-22: those of another major version, and those that are none, are refused', async () => {
    const next: ConsensusPlugin = { ...(referenceTurns() as ConsensusPlugin), version: '2.0.0' };
    expect(await reportOn(next)).toContain('they are those of testkit-turns@1, not of testkit-turns@2');
    const broken = { ...vectors, lives: [{}] };
    expect(await reportOn(referenceTurns() as ConsensusPlugin, broken)).toContain('the vectors cannot be judged');
  });

  it('contract CK-22: without any the author learns how to make them', async () => {
    const report = formatReport(await runConformance(TURNS, { items: ['CK-22'] }));
    expect(report).toMatch(
      /skip CK-22 .*\n +no vectors of testkit-turns@1: keep what recordVectors\(subject\) returns/,
    );
  });
});
