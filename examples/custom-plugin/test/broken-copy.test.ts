import { type ConsensusPlugin, reject, slotAt } from '@fiducia/consensus';
import { formatReport, runConformance } from '@fiducia/testkit';
import { expect, it } from 'vitest';
import { type RoundRobinConfig, type RoundRobinState, roundRobin } from '../src/round-robin.ts';

const SLOT_MS = 1_000;

/** The plugin with one more rule, which looks prudent: a chain in which two slots in a row are empty is refused. */
function brokenCopy(): ConsensusPlugin<RoundRobinConfig, RoundRobinState> {
  const plugin = roundRobin();
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      return {
        ...rules,
        verifyHeader(header, parent, now) {
          if (slotAt(header.timestamp, SLOT_MS) > parent.state.slot + 2) return reject('TOO_MANY_EMPTY_SLOTS');
          return rules.verifyHeader(header, parent, now);
        },
      };
    },
  };
}

it('a broken copy fails, and the report names the rule and shows the shortest schedule (contract CK-14)', async () => {
  const production = { plugin: brokenCopy(), config: { slotMs: SLOT_MS } };
  const report = await runConformance({ name: 'broken-copy', production, slotMs: SLOT_MS }, { items: ['CK-14'] });
  const text = formatReport(report);
  expect(report.isConformant, text).toBe(false);
  expect(text).toMatch(/the core adopted no new block within \d+ ms after healing/);
  expect(text).toMatch(/rule: {3}simulation I10, contract CK-14/);
  // What is left of some dozens of faults and transactions fits into a few lines.
  const [, planned = '', needed = ''] = /of (\d+) planned events (\d+) suffice/.exec(text) ?? [];
  expect(Number(planned)).toBeGreaterThan(20);
  expect(Number(needed)).toBeLessThanOrEqual(4);
  expect(text).toMatch(/\d+\.\d{3} s: (partition|crash|pause|oneWay|clog|clock)/);
  expect(text).toMatch(/replay: FIDUCIA_SEED=\d+ npx vitest run -t CK-14/);
});
