/** Two nodes that keep one guest book, under any consensus protocol. */
import type { Bytes, ConsensusPlugin, Era, Fact } from '@fiducia/consensus';
import type { SignerPort } from '@fiducia/consensus/ports';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import {
  type ConsensusHost,
  createBlockFormat,
  createHost,
  createLoopbackNetwork,
  createMemoryLog,
  type LoopbackNetwork,
} from '@fiducia/host';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { createCrypto, createSigner } from './keys.ts';
import { createGuestBook } from './ledger.ts';
import { Timeline } from './timeline.ts';

/** Plugins to run, and the production of their era. */
export interface Setup {
  readonly plugins: readonly ConsensusPlugin[];
  readonly era: Omit<Era, 'fromHeight'>;
}

/** One per protocol; any other plugin is one more line. */
export const SETUPS: readonly Setup[] = [
  { plugins: [dtDpos()], era: { production: { name: 'dt-dpos', config: { preset: 'minimal' } } } },
  { plugins: [dpos()], era: { production: { name: 'dpos', config: { delegates: 2, blockReward: 5 } } } },
  { plugins: [pos()], era: { production: { name: 'pos', config: { minStake: 1, epochSlots: 30, blockReward: 5 } } } },
  { plugins: [pow()], era: { production: { name: 'pow', config: { powLimit: 2n ** 248n, blockReward: 5 } } } },
  { plugins: [pbft()], era: { production: { name: 'pbft', config: { blockReward: 5 } } } },
  {
    plugins: [dpos(), checkpointFinality()],
    era: {
      production: { name: 'dpos', config: { delegates: 2, blockReward: 5 } },
      finality: { name: 'checkpoint', config: { every: 4 } },
    },
  },
];

/** How a chain ended: the same on both nodes. */
export interface ChainReport {
  /** Name of the production plugin, and that of the finality gadget if there is one. */
  readonly protocol: string;
  readonly height: number;
  /** Height of the last block that is final, 0 under protocols whose blocks only settle. */
  readonly finalized: number;
  /** Id of the block at that height. */
  readonly head: string;
  /** Hash of the state of consensus after it. */
  readonly consensus: string;
  /** State of the ledger after it. */
  readonly points: Readonly<Record<string, number>>;
}

const NAMES = ['alice', 'bob'] as const;
const CHAIN_ID = sha256(textToBytes('guest book'));
const END_MS = 3_600_000;

interface Node {
  readonly host: ConsensusHost;
  readonly pointsAt: ReturnType<typeof createGuestBook>['pointsAt'];
}

/**
 * Runs two nodes until they agree on a block of at least `height`, and compares what they hold after it.
 *
 * @throws Error if they take more than an hour of their own time, if a node stops, or if they differ.
 */
export async function runChain(setup: Setup, height: number): Promise<ChainReport> {
  const timeline = new Timeline();
  const network = createLoopbackNetwork();
  const signers = NAMES.map((name) => createSigner(sha256(textToBytes(name))));
  const faults: Error[] = [];
  const nodes = signers.map((signer, index) => {
    const written = new Set([`${NAMES[index]} was here`]);
    timeline.schedule(5_000, () => written.add(`${NAMES[index]} came back`));
    const node = createNode(setup, { signer, members: membersOf(signers), written, network, timeline });
    node.host.events.on('faulted', ({ error }) => faults.push(error));
    return node;
  });
  const headOf = ({ host }: Node) => host.head().header;
  const agree = () => new Set(nodes.map((node) => headOf(node).id)).size === 1;

  for (const { host } of nodes) await host.start();
  await timeline.runUntil(
    () => faults.length > 0 || (agree() && nodes.every((node) => headOf(node).height >= height)),
    END_MS,
  );
  for (const { host } of nodes) await host.stop();

  const reports = nodes.map((node) => reportOf(setup, node));
  const [report] = reports;
  const isSame = new Set(reports.map((item) => JSON.stringify(item))).size === 1;
  if (faults.length > 0 || report === undefined || !isSame) throw new Error('the nodes differ', { cause: faults[0] });
  return report;
}

interface Surroundings {
  readonly signer: SignerPort;
  readonly members: readonly Fact[];
  readonly written: ReadonlySet<string>;
  readonly network: LoopbackNetwork;
  readonly timeline: Timeline;
}

function createNode({ plugins, era }: Setup, { signer, members, written, network, timeline }: Surroundings): Node {
  const { chain, pointsAt } = createGuestBook(createBlockFormat({ chainId: CHAIN_ID, sha256 }), members, written);
  const host = createHost({
    chain,
    signer,
    plugins,
    eras: [{ fromHeight: 1, ...era }],
    chainId: CHAIN_ID,
    net: network.join(signer.self),
    crypto: createCrypto((delayMs, callback) => timeline.schedule(timeline.now + delayMs, callback)),
    clock: timeline.clockOf(sha256(signer.publicKey)),
    log: createMemoryLog(),
    genesisValidators: members.flatMap((fact) => (fact.kind === 'admission' ? [{ id: fact.actor, weight: 1n }] : [])),
  });
  return { host, pointsAt };
}

/** A census: everybody was admitted before the first block, and registered a key. */
function membersOf(signers: readonly SignerPort[]): readonly Fact[] {
  return [
    ...signers.map(({ self }): Fact => ({ kind: 'admission', actor: self, deposit: 1_000n, category: 'guest' })),
    ...signers.map(
      ({ self, vrfPublicKey }): Fact => ({ kind: 'key', actor: self, role: 'vrf', publicKey: vrfPublicKey }),
    ),
  ];
}

function reportOf({ era }: Setup, { host, pointsAt }: Node): ChainReport {
  const { height, id } = host.head().header;
  return {
    protocol: era.finality === undefined ? era.production.name : `${era.production.name} + ${era.finality.name}`,
    height,
    finalized: host.finalized().height,
    head: id,
    consensus: bytesToHex(host.consensusRoot()),
    points: Object.fromEntries([...(pointsAt(id) ?? [])].map(([name, count]) => [name, Number(count)])),
  };
}

function textToBytes(text: string): Bytes {
  return new TextEncoder().encode(text);
}
