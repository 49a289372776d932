/** Runs what the guide puts together, a few virtual seconds each. */
import type { SignerPort } from '@fiducia/consensus/ports';
import { createCrypto, createMemorySigner } from '@fiducia/crypto';
import type { ConsensusHost } from '@fiducia/host';
import { createSimulation, type SimulatedPorts } from '@fiducia/simulator';
import { MEMBERS } from './genesis.ts';
import { createSimulatedNode } from './many-nodes.ts';
import type { OwnChain } from './own-chain.ts';

/** Where a run ended; `heads` are those of all nodes. */
export interface Outcome {
  readonly height: number;
  readonly heads: readonly string[];
}

const SECONDS = 20;

/** Three nodes with the default ledger in one process. */
export async function runManyNodes(): Promise<Outcome & { readonly commits: number }> {
  const simulation = await newSimulation();
  let commits = 0;
  const onCommit = () => {
    commits += 1;
  };
  const nodes = await Promise.all(MEMBERS.map((keyPair) => createSimulatedNode(simulation, keyPair, onCommit)));
  for (const node of nodes) await node.start();
  await simulation.runUntil(SECONDS * 1_000 + 500);
  const outcome = outcomeOf(nodes.map(({ host }) => host));
  for (const node of nodes) await node.stop();
  return { ...outcome, commits };
}

/** Puts a host together, in one way or another. */
export type HostOf = (
  own: OwnChain,
  signer: SignerPort,
  ports: SimulatedPorts,
) => ConsensusHost | Promise<ConsensusHost>;

/** Three hosts on a chain of one's own. */
export async function runOwnChain(hostOf: HostOf): Promise<Outcome> {
  const [simulation, crypto] = [await newSimulation(), await createCrypto()];
  const validators = MEMBERS.map(({ address }) => ({ id: address, weight: 1n }));
  const own = { chainId: crypto.sha256(new TextEncoder().encode('own chain')), crypto, validators };
  const hosts: ConsensusHost[] = [];
  for (const keyPair of MEMBERS) {
    const ports = simulation.addNode(keyPair.address);
    hosts.push(await hostOf(own, createMemorySigner({ keyPair, crypto }), ports));
  }
  for (const host of hosts) await host.start();
  await simulation.runUntil(SECONDS * 1_000 + 500);
  const outcome = outcomeOf(hosts);
  for (const host of hosts) await host.stop();
  return outcome;
}

async function newSimulation() {
  const { sha256 } = await createCrypto();
  return createSimulation({ seed: 1, startTime: 0, sha256, network: { delayMs: { min: 5, max: 50 } } });
}

function outcomeOf(hosts: readonly ConsensusHost[]): Outcome {
  const heads = hosts.map((host) => host.head().header);
  return { height: Math.max(...heads.map(({ height }) => height)), heads: heads.map(({ id }) => id) };
}
