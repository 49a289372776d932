import type { ConsensusPlugin, FactKind } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { isHostError } from '../src/index.ts';
import { createNode } from './fixtures/nodes.ts';
import { roundRobin } from './fixtures/round-robin.ts';

/** A plugin that reads governed parameters, which the fake chain does not have. */
function reading(list: 'facts' | 'optionalFacts', kind: FactKind): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return { ...plugin, requires: { ...plugin.requires, [list]: [...(plugin.requires[list] ?? []), kind] } };
}

describe('facts a ledger cannot produce (contract H-37)', () => {
  test('refuses a plugin that requires them', () => {
    let thrown: unknown;
    try {
      createNode({ plugin: reading('facts', 'parameter') });
    } catch (error) {
      thrown = error;
    }
    expect(isHostError(thrown, 'FACTS_MISSING')).toBe(true);
    expect(thrown).toMatchObject({ data: { missing: ['parameter'] } });
  });

  test('runs a plugin that can do without', async () => {
    const node = createNode({ plugin: reading('optionalFacts', 'parameter') });
    await node.host.start();
    expect(node.host.head().header.height).toBe(0);
    await node.host.stop();
  });
});
