/** The story: a newcomer joins, one sealer turns malicious, the nodes are cut off from each other, one restarts. */
import { join } from 'node:path';
import { createLegacyTx } from '@ethereumjs/tx';
import { bytesToHex, setLengthLeft } from '@ethereumjs/util';
import type { Bytes } from '@fiducia/consensus';
import { candidateScores } from '@fiducia/consensus-dt-dpos';
import {
  addressOf,
  consensusConfig,
  createCommon,
  DEPOSIT,
  EPOCH_BLOCKS,
  GENESIS_SEALERS,
  GENESIS_SECONDS,
  NEWCOMER,
  plugin,
  REGISTRY,
  SLOT_MS,
  secretKeyOf,
  TRUST_ACCOUNT,
} from './chain-setup.ts';
import { Network } from './network.ts';
import { Node } from './node.ts';
import { CALLS, encodeCall, workSlot } from './registry.ts';
import { Timeline } from './timeline.ts';

export interface ScenarioOptions {
  /** Folder for the files of the nodes. */
  readonly folder: string;
  /** Whether mallory turns malicious. */
  readonly isMalicious: boolean;
  /** Height at which the story ends. */
  readonly blocks: number;
}

/** An election at the end of an epoch. */
export interface EpochReport {
  readonly height: number;
  readonly elected: readonly string[];
  /** Composite trust of every candidate in millionths. */
  readonly trust: Readonly<Record<string, number>>;
}

/** Consensus roots of a node that restarts; all of them are equal. */
interface RestartReport {
  readonly height: number;
  readonly before: string;
  /** From the newest checkpoint and the blocks after it. */
  readonly after: string;
  /** From the genesis block and all others. */
  readonly replayed: string;
}

export interface ScenarioReport {
  readonly blocks: number;
  readonly slots: number;
  readonly transactions: number;
  readonly gas: bigint;
  /** Blocks by who sealed them. */
  readonly sealed: Readonly<Record<string, number>>;
  readonly epochs: readonly EpochReport[];
  /** Blocks that were taken back on either node, by reorganisation. */
  readonly reorganisations: readonly number[];
  /** The restart of a node, if the story went on for long enough. */
  readonly restart: RestartReport | undefined;
  /** Consensus root, state root and head of both nodes at the end. */
  readonly ends: readonly { readonly head: string; readonly consensus: string; readonly state: string }[];
  /** Trust of wind that a contract reads: that of the last epoch whose successor has begun. */
  readonly publishedTrust: number;
  /** Good work that the registry counted for wind. */
  readonly work: number;
  /** Wei earned by wind through rewards and fees, less what it paid for gas. */
  readonly earned: bigint;
  /** Codes of refused blocks, and everything that stopped a sealer or a node. */
  readonly troubles: readonly string[];
}

/** When something happens, in slots after genesis. */
const JOIN_SLOT = 20;
const TURN_SLOT = 100;
const CUT_SLOT = 170;
const HEAL_SLOT = 178;
const RESTART_SLOT = 240;

/** Who lives where; a node with more seats makes the longer branch while the line is cut. */
const HOMES: Readonly<Record<string, string>> = {
  wind: 'north',
  solar: 'north',
  hydro: 'north',
  tidal: 'south',
  mallory: 'south',
  [NEWCOMER]: 'south',
};

const GAS_LIMIT = 200_000n;
const GAS_PRICE = 10n;

/** Tells the story once. The same options give the same report. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioReport> {
  return new Scenario(options).run();
}

class Scenario {
  readonly #options: ScenarioOptions;
  readonly #timeline = new Timeline(GENESIS_SECONDS * 1_000);
  readonly #network = new Network();
  readonly #common = createCommon();
  readonly #nodes = new Map<string, Node>();
  readonly #nonces = new Map<string, bigint>();
  readonly #names = new Map([...GENESIS_SEALERS, NEWCOMER].map((name) => [addressOf(name) as string, name]));
  readonly #reorganisations: number[] = [];
  readonly #troubles: string[] = [];

  constructor(options: ScenarioOptions) {
    this.#options = options;
  }

  async run(): Promise<ScenarioReport> {
    for (const name of ['north', 'south']) await this.#open(name);
    for (const name of GENESIS_SEALERS) this.#node(HOMES[name] ?? '').startSealer(name);
    let restart: RestartReport | undefined;
    let slot = 0;
    for (; this.#node('north').chain.head().header.height < this.#options.blocks; slot++) {
      if (slot === JOIN_SLOT) this.#join();
      if (slot === TURN_SLOT && this.#options.isMalicious) this.#node('south').stopSealer('mallory');
      if (slot === CUT_SLOT) this.#network.cut();
      if (slot === HEAL_SLOT) await this.#network.heal();
      if (slot === RESTART_SLOT) restart = await this.#restart('south');
      this.#act(slot);
      // To the middle of a slot, when its block is on both nodes.
      const end = GENESIS_SECONDS * 1_000 + slot * SLOT_MS + SLOT_MS / 2;
      await this.#network.settle();
      await this.#timeline.runUntil(end, () => this.#network.settle());
    }
    return this.#report(slot, restart);
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  async #open(name: string, checkpoints = true): Promise<Node> {
    const folder = join(this.#options.folder, name);
    const send = (block: Bytes) => this.#network.send(name, block);
    const node = await Node.open({ folder, timeline: this.#timeline, checkpoints, send });
    this.#nodes.set(name, node);
    this.#network.set(name, node);
    return node;
  }

  #join(): void {
    this.#call(NEWCOMER, encodeCall(CALLS.join, 0n), DEPOSIT);
    this.#node(HOMES[NEWCOMER] ?? '').startSealer(NEWCOMER);
  }

  /** Everybody takes part in every third block, and works now and then. */
  #act(slot: number): void {
    for (const [index, name] of [...this.#names.values()].entries()) {
      if (name === NEWCOMER && slot <= JOIN_SLOT) continue;
      const isBad = name === 'mallory' && this.#options.isMalicious && slot >= TURN_SLOT;
      const side = BigInt(slot + index + 2);
      if ((slot + index) % 3 === 0 && !isBad) this.#call(name, encodeCall(CALLS.participate, 0n));
      if ((slot + index) % 12 === 1) this.#call(name, encodeCall(CALLS.work, side, side * side + (isBad ? 1n : 0n)));
    }
  }

  #call(name: string, data: Uint8Array, value = 0n): void {
    const nonce = this.#nonces.get(name) ?? 0n;
    this.#nonces.set(name, nonce + 1n);
    const fields = { nonce, to: REGISTRY, data, value, gasLimit: GAS_LIMIT, gasPrice: GAS_PRICE };
    const transaction = createLegacyTx(fields, { common: this.#common }).sign(secretKeyOf(name));
    this.#network.spread(HOMES[name] ?? '', transaction);
  }

  /** Stops a node, opens its files again, and compares what it then believes. */
  async #restart(name: string): Promise<RestartReport> {
    const before = this.#node(name);
    const sealers = before.sealers;
    const { height, id } = before.chain.head().header;
    const rootBefore = await before.consensus.rootAfter(id);
    before.stop();
    this.#collect(before);
    const replayed = await this.#open(name, false);
    const rootReplayed = await replayed.consensus.rootAfter(id);
    const after = await this.#open(name);
    const rootAfter = await after.consensus.rootAfter(after.chain.head().header.id);
    for (const sealer of sealers) after.startSealer(sealer);
    const hex = (root: Bytes) => bytesToHex(root);
    return { height, before: hex(rootBefore), after: hex(rootAfter), replayed: hex(rootReplayed) };
  }

  #collect({ reorganisations, refusals, faults }: Node): void {
    this.#reorganisations.push(...reorganisations);
    this.#troubles.push(...refusals, ...faults.map(String));
  }

  async #report(slots: number, restart: RestartReport | undefined): Promise<ScenarioReport> {
    const north = this.#node('north');
    for (const node of this.#nodes.values()) {
      node.stop();
      this.#collect(node);
    }
    const slot = setLengthLeft(Buffer.from(addressOf('wind').slice(2), 'hex'), 32);
    const publishedTrust = Number(await north.storageAt(TRUST_ACCOUNT, slot));
    const chain = await this.#walk(north);
    return {
      ...chain,
      slots,
      restart,
      reorganisations: this.#reorganisations,
      ends: await Promise.all([...this.#nodes.values()].map((node) => this.#end(node))),
      publishedTrust,
      work: Number(await north.storageAt(REGISTRY, workSlot(addressOf('wind') as string))),
      earned: (await north.balanceOf('wind')) - 10n ** 18n,
      troubles: this.#troubles,
    };
  }

  async #end({ chain, consensus }: Node): Promise<ScenarioReport['ends'][number]> {
    const { id } = chain.head().header;
    const block = await chain.blockOf(id);
    const root = block?.header.stateRoot ?? new Uint8Array();
    return { head: id, consensus: bytesToHex(await consensus.rootAfter(id)), state: bytesToHex(root) };
  }

  /** Counts along the adopted branch, and looks at each election. */
  async #walk({
    chain,
    consensus,
  }: Node): Promise<Pick<ScenarioReport, 'blocks' | 'transactions' | 'gas' | 'sealed' | 'epochs'>> {
    const sealed: Record<string, number> = {};
    const epochs: EpochReport[] = [];
    let transactions = 0;
    let gas = 0n;
    const { height: blocks } = chain.head().header;
    for (let { header } = chain.head(); header.height > 0; ) {
      const { state } = await consensus.tipAfter(header.id);
      const block = await chain.blockOf(header.id);
      const author = this.#names.get(header.author) ?? '?';
      sealed[author] = (sealed[author] ?? 0) + 1;
      transactions += block?.transactions.length ?? 0;
      gas += block?.header.gasUsed ?? 0n;
      if (header.height % EPOCH_BLOCKS === 0) {
        const scores = candidateScores(state, plugin.parseConfig(consensusConfig));
        const elected = consensus.rules().validators(state);
        epochs.unshift({
          height: header.height,
          elected: elected.map(({ id }) => this.#names.get(id) ?? '?'),
          trust: Object.fromEntries(scores.map(({ id, score }) => [this.#names.get(id) ?? '?', score.composite])),
        });
      }
      header = (await consensus.tipAfter(header.parentId)).header;
    }
    return { blocks, transactions, gas, sealed, epochs };
  }
}
