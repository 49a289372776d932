/** Five nodes through a minute and a half: a newcomer, a partition, a crash. */

import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { createSimulation, type SimulatedPorts, type Simulation } from '@fiducia/simulator';
import { createMemoryDisk, type Disk } from './kv/journal.ts';
import { countAt } from './kv/rules.ts';
import { allocate } from './kv/store.ts';
import { type KvDisks, type KvNetwork, KvNode } from './node.ts';
import type { Protocol } from './protocols.ts';
import { wireOver } from './wire.ts';

/** How a chain ended. All nodes agree on it, or there is none. */
export interface Summary {
  readonly protocol: string;
  readonly height: number;
  readonly finalized: number;
  readonly head: string;
  /** Hash of the state of the chain, and of that of consensus. */
  readonly root: string;
  readonly consensusRoot: string;
  /** Blocks on the adopted branch by who made them. */
  readonly authors: Readonly<Record<string, number>>;
  readonly transactions: number;
  /** Values that were put. */
  readonly data: Readonly<Record<string, string>>;
  /** Trust of the keepers in millionths, where the protocol has it. */
  readonly trust: Readonly<Record<string, number>>;
  readonly rewards: number;
  /** Blocks that left the adopted branch of some node. */
  readonly reverted: number;
  /** What the node that crashed had when it came back, and where the others were by then. */
  readonly restart: { readonly entries: number; readonly height: number; readonly others: number };
}

const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve'] as const;
type Name = (typeof NAMES)[number];

const NEWCOMER: Name = 'eve';
const CUT_OFF: Name = 'dan';
const CRASHING: Name = 'ben';
const SECONDS = 1_000;
const BALANCE = 2_000;
const STAKE = 1_000;

/** Makes a disk with a name. */
export type DiskOf = (name: string) => Disk;

/** Runs a protocol on the chain. @param diskOf - In memory if left out. */
export async function runScenario(protocol: Protocol, diskOf: DiskOf = createMemoryDisk): Promise<Summary> {
  const scenario = await Scenario.create(protocol, diskOf);
  return scenario.run();
}

class Scenario {
  readonly #network: KvNetwork;
  readonly #simulation: Simulation;
  readonly #disks: ReadonlyMap<string, KvDisks>;
  readonly #nodes = new Map<Name, KvNode>();
  readonly #reverted = new Set<string>();
  #restart = { entries: 0, height: 0, others: 0 };

  static async create(protocol: Protocol, diskOf: DiskOf): Promise<Scenario> {
    const crypto = await createCrypto();
    const members = NAMES.filter((name) => name !== NEWCOMER).map((name) => keyPairFromSeed(name).address);
    const allocation = allocate([
      ...members.map((id) => ({ id, balance: BALANCE, stake: STAKE })),
      { id: keyPairFromSeed(NEWCOMER).address, balance: BALANCE, stake: 0 },
    ]);
    const chainId = crypto.sha256(new TextEncoder().encode(`key-value chain ${allocation.root}`));
    const validators = members.map((id) => ({ id, weight: 1n }));
    return new Scenario({ chainId, allocation, validators, protocol, crypto }, diskOf);
  }

  private constructor(network: KvNetwork, diskOf: DiskOf) {
    this.#network = network;
    const disksOf = (name: string) => ({
      chain: diskOf(`${name}-chain`),
      log: diskOf(`${name}-log`),
      guard: diskOf(`${name}-guard`),
    });
    this.#disks = new Map(NAMES.map((name) => [name, disksOf(name)]));
    const { sha256 } = network.crypto;
    this.#simulation = createSimulation({ seed: 1, startTime: 0, sha256, network: { delayMs: { min: 10, max: 80 } } });
  }

  async run(): Promise<Summary> {
    for (const name of NAMES) this.#assemble(name, this.#simulation.addNode(name));
    for (const node of this.#nodes.values()) await node.start();

    await this.#until(5);
    this.#node('ada').submit(['put', 'colour', 'green']);
    this.#node(NEWCOMER).submit(['stake', STAKE]);
    await this.#until(10);
    for (const [name, node] of this.#nodes) if (name !== NEWCOMER) node.submit(['vote', addressOf(NEWCOMER), 10]);

    await this.#until(25);
    this.#simulation.partition([[CUT_OFF]]);
    await this.#until(28);
    this.#node(CUT_OFF).submit(['put', 'written', 'in the dark']);
    await this.#until(45);
    this.#simulation.heal();

    await this.#until(60);
    this.#simulation.kill(CRASHING);
    this.#node('cleo').submit(['put', 'colour', 'blue']);
    await this.#until(70);
    const others = this.#node('ada').host.head().header.height;
    const returned = this.#assemble(CRASHING, this.#simulation.restart(CRASHING));
    await returned.start();
    this.#restart = { entries: returned.chain.store.entriesRead, height: returned.host.head().header.height, others };

    await this.#until(90.5);
    return this.#summarise();
  }

  #until(second: number): Promise<void> {
    return this.#simulation.runUntil(second * SECONDS);
  }

  #assemble(name: Name, { clock, net, fail }: SimulatedPorts): KvNode {
    const disks = this.#disks.get(name);
    if (disks === undefined) throw new Error(`nobody is called ${name}`);
    const node = new KvNode(this.#network, { clock, wire: wireOver(net), disks, keyPair: keyPairFromSeed(name) });
    node.host.events.on('faulted', ({ error }) => fail(error));
    node.host.events.on('headChanged', ({ reverted }) => {
      for (const id of reverted) this.#reverted.add(id);
    });
    this.#nodes.set(name, node);
    return node;
  }

  #node(name: Name): KvNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`nobody is called ${name}`);
    return node;
  }

  async #summarise(): Promise<Summary> {
    const summaries = [...this.#nodes.values()].map((node) => this.#summaryOf(node));
    for (const node of this.#nodes.values()) await node.stop();
    const [summary] = summaries;
    const isSame = new Set(summaries.map((item) => JSON.stringify(item))).size === 1;
    if (summary === undefined || !isSame) throw new Error('the nodes differ');
    return summary;
  }

  #summaryOf({ host, chain, state }: KvNode): Summary {
    const { height, id } = host.head().header;
    const blocks = Array.from(
      { length: height },
      (_, below) => chain.store.get(chain.store.idOf(below + 1) ?? '')?.block,
    );
    const countBy = (name: string) => blocks.filter((block) => block?.header.author === addressOf(name)).length;
    const coins = (name: string) =>
      countAt(state, `balance/${addressOf(name)}`) + countAt(state, `stake/${addressOf(name)}`);
    const minted = NAMES.reduce((sum, name) => sum + coins(name) - BALANCE - (name === NEWCOMER ? 0 : STAKE), 0);
    const trusted = NAMES.filter((name) => state.get(`trust/${addressOf(name)}`) !== undefined);
    return {
      protocol: this.#network.protocol.production.name,
      height,
      finalized: host.finalized().height,
      head: id,
      root: state.root,
      consensusRoot: Buffer.from(host.consensusRoot()).toString('hex'),
      authors: Object.fromEntries(NAMES.map((name) => [name, countBy(name)])),
      transactions: blocks.reduce((sum, block) => sum + (block?.body?.transactions.length ?? 0), 0),
      data: Object.fromEntries(state.list('data/').map(([key, value]) => [key.slice('data/'.length), value])),
      trust: Object.fromEntries(trusted.map((name) => [name, countAt(state, `trust/${addressOf(name)}`)])),
      rewards: minted,
      reverted: this.#reverted.size,
      restart: this.#restart,
    };
  }
}

function addressOf(name: string): string {
  return keyPairFromSeed(name).address;
}
