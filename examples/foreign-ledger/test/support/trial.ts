/** A short life of three nodes in which everything happens once, and what their hosts say of it. */
import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { createSimulation, type SimulatedPorts } from '@fiducia/simulator';
import type * as JournalModule from '../../src/kv/journal.ts';
import type * as StoreModule from '../../src/kv/store.ts';
import type * as NodeModule from '../../src/node.ts';
import type { KvNetwork, KvNode } from '../../src/node.ts';
import type * as ProtocolsModule from '../../src/protocols.ts';
import type * as WireModule from '../../src/wire.ts';

/** The example, possibly with a mistake in it. */
export interface Example {
  readonly journal: typeof JournalModule;
  readonly store: typeof StoreModule;
  readonly node: typeof NodeModule;
  readonly protocols: typeof ProtocolsModule;
  readonly wire: typeof WireModule;
}

const NAMES = ['ada', 'ben', 'cleo'] as const;

/** @returns What was thrown, and every fault, rejection and trace of a host, each once. */
export async function tryOut(example: Example, name: 'DT_DPOS' | 'PBFT'): Promise<readonly string[]> {
  const said = new Set<string>();
  try {
    await live(example, name, said);
  } catch (thrown) {
    said.add(String(thrown instanceof Error ? thrown.message : thrown));
  }
  return [...said];
}

async function live(example: Example, name: 'DT_DPOS' | 'PBFT', said: Set<string>): Promise<void> {
  const crypto = await createCrypto();
  const ids = NAMES.map((member) => keyPairFromSeed(member).address);
  const network: KvNetwork = {
    chainId: crypto.sha256(new Uint8Array()),
    allocation: example.store.allocate(ids.map((id) => ({ id, balance: 1, stake: 1_000 }))),
    validators: ids.map((id) => ({ id, weight: 1n })),
    protocol: example.protocols[name],
    crypto,
  };
  const simulation = createSimulation({ seed: 1, startTime: 0, sha256: crypto.sha256 });
  const disks = new Map(NAMES.map((member) => [member, disksOf(example)]));
  const start = async (member: (typeof NAMES)[number], ports: SimulatedPorts): Promise<KvNode> => {
    const wire = example.wire.wireOver(ports.net);
    const own = disks.get(member) ?? disksOf(example);
    const node = new example.node.KvNode(network, {
      clock: ports.clock,
      wire,
      disks: own,
      keyPair: keyPairFromSeed(member),
    });
    listen(node, said);
    await node.start();
    return node;
  };
  for (const member of NAMES) await start(member, simulation.addNode(member));
  const stranger = simulation.addNode('stranger');

  await simulation.runUntil(4_000);
  simulation.partition([['cleo']]);
  await simulation.runUntil(12_000);
  simulation.heal();
  await simulation.runUntil(16_000);
  const garbage = JSON.stringify(['tell', 'blocks', 0, '0102']);
  stranger.net.send(null, 'kv', new TextEncoder().encode(garbage));
  await simulation.runUntil(18_000);
  simulation.kill('cleo');
  await simulation.runUntil(19_000);
  await start('cleo', simulation.restart('cleo'));
  await simulation.runUntil(34_000);
}

function listen({ host }: KvNode, said: Set<string>): void {
  host.events.on('faulted', ({ error }) => said.add(`faulted: ${error.message}`));
  host.events.on('blockRejected', ({ code }) => said.add(`blockRejected: ${code}`));
  host.events.on('trace', ({ source, event, data }) => {
    if (source === 'host') said.add(`trace: ${event}${'code' in data ? ` ${data.code}` : ''}`);
  });
}

function disksOf({ journal: { createMemoryDisk } }: Example) {
  return { chain: createMemoryDisk(), log: createMemoryDisk(), guard: createMemoryDisk() };
}
