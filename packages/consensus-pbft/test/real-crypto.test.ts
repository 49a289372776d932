import { createCrypto, createMemoryGuardStore, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { createSimulation, requireEqualHeads } from '@fiducia/simulator';
import { expect, it } from 'vitest';
import { createNode, RAW_CONFIG } from './network.ts';
import { sha256, T0 } from './support.ts';

it('pbft R4, J1: four validators decide and change rounds with real signatures, and a follower checks every proof', async () => {
  const crypto = await createCrypto();
  const simulation = createSimulation({ seed: 11, startTime: T0, sha256, network: { delayMs: { min: 5, max: 50 } } });
  const keyPairs = ['hydro', 'solar', 'tide', 'wind'].map((name) => keyPairFromSeed(name));
  const ids = keyPairs.map(({ address }) => address);
  const signers = keyPairs.map((keyPair) =>
    createMemorySigner({ keyPair, crypto, guardStore: createMemoryGuardStore() }),
  );
  const nodes = [...signers, null].map((signer, index) =>
    createNode({ ports: simulation.addNode(`machine-${index}`), signer, crypto, ids, raw: RAW_CONFIG }),
  );
  const refused: string[] = [];
  for (const node of nodes) {
    node.host.events.on('blockRejected', ({ code }) => refused.push(code));
    await node.start();
  }
  const rounds = new Set<unknown>();
  nodes[0]?.host.events.on('trace', ({ event, data }) => {
    if (event === 'roundEntered') rounds.add(data.round);
  });
  await simulation.runUntil(T0 + 4_500);
  // Rounds change whenever it would be the turn of the one that is cut off.
  simulation.partition([['machine-3']]);
  await simulation.runUntil(T0 + 20_000);
  simulation.heal();
  await simulation.runUntil(T0 + 25_900);
  requireEqualHeads(nodes);
  expect(nodes[4]?.host.head().header.height).toBeGreaterThan(10);
  expect(rounds).toContain(1);
  expect(refused).toEqual([]);
  for (const node of nodes) await node.stop();
}, 60_000);
