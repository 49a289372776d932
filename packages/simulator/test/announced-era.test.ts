import { ERA_PARAMETER } from '@fiducia/host';
import type { LedgerModule } from '@fiducia/ledger';
import { expect, test } from 'vitest';
import { ALL_PLUGINS, configOf, createEraNetwork } from './support/era-network.ts';

const ANNOUNCED_AT = 3;
const FROM_HEIGHT = ANNOUNCED_AT + 1_000;

/** Governance at its smallest: at one height the chain decides on another protocol. */
function announcing(era: unknown): LedgerModule {
  return {
    name: 'announcing',
    transactions: [],
    provides: ['parameter'],
    beginBlock({ height, emit }) {
      if (height !== ANNOUNCED_AT) return;
      emit({ kind: 'parameter', name: ERA_PARAMETER, value: JSON.stringify(era) });
    },
  };
}

test('contract H-36: a chain decides on its next protocol, restarts in between, and leaves behind who lacks it', async () => {
  const era = { fromHeight: FROM_HEIGHT, production: { name: 'pow', config: configOf('pow') } };
  const withoutWork = ALL_PLUGINS.filter(({ name }) => name !== 'pow');
  const network = await createEraNetwork({
    seed: 7,
    size: 3,
    conditions: { delayMs: { min: 1, max: 20 } },
    modules: [announcing(era)],
    pluginsOf: (index) => (index === 2 ? withoutWork : ALL_PLUGINS),
    eras: (actors) => [{ fromHeight: 1, production: { name: 'pbft', config: configOf('pbft', actors) } }],
  });
  const { nodes } = network;
  const unsupported: string[] = [];
  nodes[2]?.host.events.on('eraUnsupported', ({ error }) => unsupported.push(error.data.code));
  await network.runTo(0, ANNOUNCED_AT + 2);
  expect(unsupported).toEqual(['PLUGIN_MISSING']);
  await network.crash(1);
  await network.recover(1);

  await network.runTo(0, FROM_HEIGHT + 3);
  await network.runTo(1, FROM_HEIGHT + 3);
  expect(nodes[0]?.host.head().header.protocol).toBe('pow@1');
  expect(nodes[2]?.host.head().header).toMatchObject({ height: FROM_HEIGHT - 1, protocol: 'pbft@1' });
  for (const { host } of nodes) expect(host.finalized().height).toBe(FROM_HEIGHT - 1);

  await network.crash(0);
  await network.recover(0);
  await network.runTo(0, FROM_HEIGHT + 5);
  const engines = network.records[0]?.flatMap((record) => (record.kind === 'engineStarted' ? [record.protocol] : []));
  expect(engines).toEqual(['pow@1']);
});
