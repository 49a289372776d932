/**
 * Four validators that run the plugin in the simulator, through a partition.
 *
 * @module
 */
import type { Era } from '@fiducia/consensus';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import type { GenesisConfig } from '@fiducia/ledger';
import { type ChainNode, createChainNode, createSimulation } from '@fiducia/simulator';
import { roundRobin } from './round-robin.ts';

/** Head of every node at one time. */
export interface HeadReport {
  /** Slots since the start. */
  readonly slot: number;
  /** What the scenario has just done, if anything. */
  readonly event: string;
  /** One per validator, in turn order. */
  readonly heads: readonly { readonly name: string; readonly height: number; readonly id: string }[];
}

/** Validators in turn order. */
export const NAMES = ['ada', 'ben', 'cleo', 'dan'] as const;

const SLOT_MS = 1_000;
const START = Date.UTC(2026, 0, 1);
/** Slots at which something happens or is looked at; links are cut at 10 and restored at 20. */
const STOPS = [5, 10, 15, 20, 25, 30] as const;

/**
 * Runs the network for 30 slots of virtual time.
 *
 * @param seed - Decides all delays and losses; equal seeds give equal reports.
 * @returns What the nodes had at every stop, and the trace hash of the run.
 */
export async function runNetwork(
  seed: number,
): Promise<{ readonly reports: readonly HeadReport[]; readonly traceHash: string }> {
  const crypto = await createCrypto();
  const keyPairs = NAMES.map((name) => keyPairFromSeed(`custom-plugin/${name}`));
  const validators = keyPairs.map(({ address }) => ({ id: address, weight: 1n }));
  const eras: Era[] = [{ fromHeight: 1, production: { name: 'round-robin', config: { slotMs: SLOT_MS } } }];
  const genesis = createGenesis(eras);

  const simulation = createSimulation({ seed, startTime: START, sha256: crypto.sha256, network: { lossPermille: 20 } });
  const nodes = keyPairs.map((keyPair, index) =>
    createChainNode({
      ports: simulation.addNode(NAMES[index] ?? ''),
      genesis,
      crypto,
      signer: createMemorySigner({ keyPair, crypto }),
      plugins: [roundRobin()],
      eras,
      genesisValidators: validators,
    }),
  );
  for (const node of nodes) await node.start();

  const reports: HeadReport[] = [];
  for (const slot of STOPS) {
    await simulation.runUntil(START + slot * SLOT_MS + SLOT_MS / 2);
    if (slot === 10) simulation.partition([['dan']]);
    if (slot === 20) simulation.heal();
    const event = slot === 10 ? 'dan is cut off' : slot === 20 ? 'dan is back' : '';
    reports.push({ slot, event, heads: nodes.map(headOf) });
  }
  for (const node of nodes) await node.stop();
  return { reports, traceHash: simulation.traceHash() };
}

function headOf(node: ChainNode): HeadReport['heads'][number] {
  const { height, id } = node.host.head().header;
  return { name: node.name, height, id };
}

/** No accounts and no candidates: this chain only keeps time. */
function createGenesis(eras: readonly Era[]): GenesisConfig {
  return {
    chainName: 'custom-plugin',
    timestamp: START,
    minimumFee: 0n,
    accounts: [],
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 0n,
    unbondingBlocks: 0,
    candidates: [],
    ballots: [],
    consensus: new TextEncoder().encode(JSON.stringify(eras)),
  };
}
