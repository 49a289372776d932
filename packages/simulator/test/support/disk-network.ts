/** A network of which one machine lives on a simulated disk and can be killed at any moment of any write. */
import {
  type BlockId,
  type Bytes,
  type ConsensusHeader,
  type ConsensusPlugin,
  type Era,
  tryDecode,
} from '@fiducia/consensus';
import type { LogPort, SignerPort, SignRequest } from '@fiducia/consensus/ports';
import { type ConsensusHost, createHost } from '@fiducia/host';
import {
  createTransaction,
  type GenesisConfig,
  isLedgerError,
  openLedger,
  type StoredLedger,
  transfer,
} from '@fiducia/ledger';
import { decodeEnvelope } from '../../../host/src/messages/message-codec.ts';
import {
  type ChainNode,
  type CrashDamage,
  createChainNode,
  createDisk,
  createSimulation,
  createStubCrypto,
  type DiskConditions,
  type SimulatedDisk,
  type SimulatedPorts,
  type Simulation,
  type StubCrypto,
} from '../../src/index.ts';
import { START } from './chain.ts';
import { sha256 } from './hash.ts';

/** A protocol on a disk, and what happens to its network. */
export interface DiskScenario {
  readonly plugin: ConsensusPlugin;
  readonly config: object;
  /** Runs beside it. */
  readonly gadget?: { readonly plugin: ConsensusPlugin; readonly config: object };
  readonly slotMs: number;
  readonly nodes: number;
  /** Slots in which writes may be crash points. */
  readonly slots: number;
  /** Slots in which the machine on the disk is alone, so that its branch is left later. */
  readonly alone?: { readonly from: number; readonly to: number };
  readonly conditions?: DiskConditions;
}

/** Moment at which the machine is killed: that of one write, counted from 0. */
export interface CrashPoint {
  readonly write: number;
  /** `endOfEvent`: written, and everything that the process does without waiting is done. */
  readonly moment: 'beforeWrite' | 'afterWrite' | 'endOfEvent' | 'afterSync';
  readonly damage: CrashDamage;
  /** The next processes are killed, too: each at this write of its own, counted from 0. */
  readonly again?: readonly number[];
  /** The whole disk is lost, too; the operator allows signing again after so many slots. */
  readonly openAfterSlots?: number;
}

/** What a run showed. */
export interface DiskRun {
  /** Writes of the machine on the disk up to the last slot. */
  readonly writes: number;
  /** Rules that were broken, with what was seen. */
  readonly broken: readonly string[];
  readonly isCrashed: boolean;
  readonly crashes: number;
  readonly reverted: number;
  readonly finalizedHeight: number;
  readonly headHeight: number;
  readonly logEntries: number;
  /** Signatures that left the machine after its crash, and how many of them before an operator allowed it to sign. */
  readonly signedAfter: number;
  readonly signedTooEarly: number;
}

const DOWN_MS = 700;
const SETTLE_SLOTS = 5;

/** Runs the scenario, with a crash at `point` if one is given. */
export async function runOnDisk(scenario: DiskScenario, point: CrashPoint | null): Promise<DiskRun> {
  const network = new DiskNetwork(scenario);
  await network.start();
  if (point !== null) network.crashAt(point);
  return network.run();
}

/** All crash points of the writes of a run. */
export function crashPointsOf(writes: number): readonly CrashPoint[] {
  const [lost, kept] = [{ damagePermille: 1_000 }, { damagePermille: 0 }];
  const moments = [
    { moment: 'beforeWrite', damage: lost },
    { moment: 'afterWrite', damage: lost },
    { moment: 'endOfEvent', damage: lost },
    { moment: 'endOfEvent', damage: kept },
    { moment: 'afterSync', damage: lost },
  ] as const;
  return Array.from({ length: writes }, (_, write) => moments.map((moment) => ({ write, ...moment }))).flat();
}

class DiskNetwork {
  readonly #scenario: DiskScenario;
  readonly #simulation: Simulation;
  readonly #crypto: StubCrypto;
  readonly #others: ChainNode[];
  readonly #disk: SimulatedDisk;
  readonly #genesis: GenesisConfig;
  readonly #common: Pick<Parameters<typeof createHost>[0], 'plugins' | 'eras' | 'genesisValidators'>;
  readonly #promises = new Promises();
  readonly #broken: string[] = [];
  #ports: SimulatedPorts;
  #host: ConsensusHost | null = null;
  #writes = 0;
  #isCrashed = false;
  #isCounting = true;
  #openAfterSlots: number | undefined;

  constructor(scenario: DiskScenario) {
    const { plugin, config, gadget, nodes, conditions = {} } = scenario;
    this.#scenario = scenario;
    this.#crypto = createStubCrypto({ sha256 });
    const delayMs = { min: 5, max: 60 };
    this.#simulation = createSimulation({ seed: 1, startTime: START, sha256, network: { delayMs } });
    const names = Array.from({ length: nodes }, (_, index) => `node-${index}`);
    const ids = names.map((name) => this.#crypto.identity(name).address);
    this.#genesis = genesisOf(ids);
    const finality = gadget && { name: gadget.plugin.name, config: gadget.config };
    const eras: Era[] = [{ fromHeight: 1, production: { name: plugin.name, config }, ...(finality && { finality }) }];
    const genesisValidators = ids.map((id) => ({ id, weight: 1n }));
    this.#common = { plugins: gadget === undefined ? [plugin] : [plugin, gadget.plugin], eras, genesisValidators };
    const [ports, ...others] = names.map((name) => this.#simulation.addNode(name));
    if (ports === undefined) throw new Error('a scenario has nodes');
    this.#ports = ports;
    this.#disk = createDisk({ simulation: this.#simulation, machine: ports, conditions });
    this.#others = others.map((own) => {
      const signer = this.#crypto.createSigner(own.name);
      return createChainNode({ ports: own, genesis: this.#genesis, crypto: this.#crypto, signer, ...this.#common });
    });
  }

  async start(): Promise<void> {
    const { alone, slotMs, slots } = this.#scenario;
    for (const node of this.#others) await node.start();
    await this.#begin();
    this.#simulation.onSend(({ from, channel, bytes }) => {
      if (from !== 'node-0' || channel !== 'messages') return;
      const payload = tryDecode(() => decodeEnvelope(bytes, bytes.length))?.message.payload;
      if (payload !== undefined && this.#promises.isUnwritten(payload))
        this.#broken.push('H-41: a message left before its log entry was durable');
    });
    const at = (slot: number): number => START + (slot + 0.5) * slotMs;
    if (alone !== undefined) {
      this.#simulation.schedule(at(alone.from), 'alone', () => this.#simulation.partition([['node-0']]));
      this.#simulation.schedule(at(alone.to), 'together', () => this.#simulation.heal());
    }
    for (let slot = 1; slot < slots; slot++) this.#simulation.schedule(at(slot), 'pay', () => this.#pay(BigInt(slot)));
    this.#simulation.schedule(at(slots), 'counted', () => {
      this.#isCounting = false;
    });
    this.#disk.onOperation(({ moment }) => {
      if (this.#isCounting && moment === 'beforeWrite') this.#writes += 1;
    });
  }

  crashAt({ write, moment, damage, openAfterSlots, again = [] }: CrashPoint): void {
    this.#openAfterSlots = openAfterSlots;
    const targets = [write, ...again];
    let [written, synced] = [0, 0];
    const crash = (): void => {
      targets.shift();
      [written, synced] = [0, 0];
      this.#crash(damage);
    };
    this.#disk.onOperation((operation) => {
      if (operation.moment === 'beforeWrite') written += 1;
      if (operation.moment === 'afterSync') synced += 1;
      const reached = operation.moment === 'afterSync' ? synced : written;
      if (reached - 1 !== targets[0]) return;
      if (operation.moment === moment) crash();
      else if (operation.moment === 'afterWrite' && moment === 'endOfEvent') {
        const stop = this.#simulation.afterEvent(() => {
          stop();
          crash();
        });
      }
    });
  }

  async run(): Promise<DiskRun> {
    const { slots, slotMs } = this.#scenario;
    await this.#simulation.runUntil(START + (slots + SETTLE_SLOTS + 0.5) * slotMs);
    const heads = [this.#requireHost(), ...this.#others.map(({ host }) => host)].map((host) => host.head().header);
    // The newest block may still be on its way.
    const reached = heads.map(({ height }) => height);
    if (Math.max(...reached) - Math.min(...reached) > 1) this.#broken.push(`I10: heads at ${reached}`);
    return {
      writes: this.#writes,
      broken: [...this.#broken, ...this.#promises.broken],
      isCrashed: this.#isCrashed,
      crashes: this.#disk.counts().crashes,
      reverted: this.#promises.reverted,
      finalizedHeight: this.#requireHost().finalized().height,
      headHeight: this.#requireHost().head().header.height,
      logEntries: this.#promises.logEntries,
      signedAfter: this.#promises.signedAfter,
      signedTooEarly: this.#promises.signedTooEarly,
    };
  }

  #crash(damage: CrashDamage): void {
    this.#isCrashed = true;
    this.#simulation.kill('node-0');
    this.#disk.crash(damage);
    if (this.#openAfterSlots !== undefined) {
      this.#disk.wipe();
      this.#promises.forgetDisk();
    }
    this.#simulation.schedule(this.#simulation.now() + DOWN_MS, 'restart', () => {
      this.#ports = this.#simulation.restart('node-0');
      return this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const [ports, disk, crypto] = [this.#ports, this.#disk, this.#crypto];
    const ledger = await this.#openLedger();
    const { isAtomic = true } = this.#scenario.conditions ?? {};
    await this.#promises.check(ledger, isAtomic);
    const isLost = this.#isCrashed && this.#openAfterSlots !== undefined;
    const headHeight = isLost ? 1 : ((await ledger.read({ kind: 'head' }))?.block.header.height ?? 0);
    const records = disk.openGuard(ports);
    if (isLost) {
      const at = this.#simulation.now() + (this.#openAfterSlots ?? 0) * this.#scenario.slotMs;
      this.#simulation.schedule(at, 'allow', () => this.#promises.allow(records.openChain(ledger.chainId)));
    }
    const keptSigner = crypto.createSigner('node-0', { records, headHeight });
    await this.#promises.checkSigner(keptSigner);
    const signer = this.#promises.watchSigner(keptSigner, ports);
    const log = this.#promises.watchLog(disk.openLog(ports));
    const { net, clock, recorder } = ports;
    const host = createHost({
      chain: ledger,
      chainId: ledger.chainId,
      net,
      clock,
      log,
      recorder,
      crypto,
      signer,
      ...this.#common,
    });
    host.events.on('faulted', ({ error }) => ports.fail(error));
    this.#promises.watchHost(host, ports);
    this.#host = host;
    ledger.start();
    await host.start();
  }

  /** A store of which the first commit was torn holds nothing that anybody was told of, and is begun anew. */
  async #openLedger(): Promise<StoredLedger> {
    const [ports, disk, crypto] = [this.#ports, this.#disk, this.#crypto];
    const open = () => openLedger({ genesis: this.#genesis, crypto, net: ports.net, store: disk.openStore(ports) });
    try {
      return await open();
    } catch (thrown) {
      if (!isLedgerError(thrown) || !this.#promises.isEmpty) throw thrown;
      disk.wipe(['store']);
      return open();
    }
  }

  async #pay(amount: bigint): Promise<void> {
    const node = this.#others[0];
    if (node === undefined) return;
    const signer = this.#crypto.identity(node.name);
    const { chainId } = node.ledger;
    const nonce = node.ledger.nonceOf(signer.address);
    const payload = { to: signer.address, amount };
    await node.ledger.submit(createTransaction(transfer, { chainId, nonce, fee: 1n, payload, signer }));
  }

  #requireHost(): ConsensusHost {
    if (this.#host === null) throw new Error('not started');
    return this.#host;
  }
}

/** What the machine told the world: it must hold after every restart. */
class Promises {
  readonly broken: string[] = [];
  reverted = 0;
  logEntries = 0;
  signedAfter = 0;
  signedTooEarly = 0;
  #mayNotSign = false;
  #isAfterLoss = false;
  readonly #imported = new Map<BlockId, ConsensusHeader>();
  readonly #signed = new Map<string, SignRequest>();
  readonly #unwritten = new Set<Bytes>();
  #head: ConsensusHeader | null = null;
  #finalized: ConsensusHeader | null = null;

  /** Whether nothing was told yet. */
  get isEmpty(): boolean {
    return this.#imported.size === 0;
  }

  /** What was acknowledged is gone with the disk; what was signed stays signed. */
  forgetDisk(): void {
    this.#imported.clear();
    [this.#head, this.#finalized] = [null, null];
    [this.#isAfterLoss, this.#mayNotSign] = [true, true];
  }

  async allow(opened: Promise<void>): Promise<void> {
    await opened;
    this.#mayNotSign = false;
  }

  isUnwritten(payload: Bytes): boolean {
    return [...this.#unwritten].some((entry) => includes(entry, payload));
  }

  /** A pure crash leaves a store that needs no repair, with all that was acknowledged in it (simulation I9). */
  async check(ledger: StoredLedger, isAtomic: boolean): Promise<void> {
    this.#unwritten.clear();
    const { blocksRewound, rowsRepaired, damaged } = ledger.recovery;
    if (isAtomic && blocksRewound + rowsRepaired + damaged.length > 0) {
      this.broken.push(`I9: rewound ${blocksRewound}, repaired ${rowsRepaired}, damaged ${damaged.length}`);
    }
    const head = (await ledger.read({ kind: 'head' }))?.block.header;
    const finalized = (await ledger.read({ kind: 'finalized' }))?.block.header;
    if (head === undefined || finalized === undefined) throw new Error('a ledger has a head');
    const wasFinal = this.#finalized?.height ?? 0;
    if (finalized.height < wasFinal) this.broken.push(`I9: ${wasFinal} was final, now ${finalized.height}`);
    const isKnown = this.#imported.has(head.id) || head.height === 0;
    if (this.#head !== null && head.id !== this.#head.id && isKnown && finalized.height === wasFinal) {
      this.broken.push(`I9: the head was ${this.#head.height}, now ${head.height}, which was acknowledged and left`);
    }
    for (const { id, height } of this.#imported.values()) {
      if (height > finalized.height && (await ledger.read({ kind: 'id', id })) === null) {
        this.broken.push(`I9: block ${height} was acknowledged and is gone`);
      }
    }
  }

  watchHost(host: ConsensusHost, ports: SimulatedPorts): void {
    host.events.on('blockImported', ({ header }) => {
      if (ports.isAlive()) this.#imported.set(header.id, header);
    });
    host.events.on('headChanged', ({ tip, reverted }) => {
      if (ports.isAlive()) this.#head = tip.header;
      this.reverted += reverted.length;
    });
    host.events.on('finalized', ({ header }) => {
      if (ports.isAlive()) this.#finalized = header;
    });
  }

  /** Nothing that left the signer is ever contradicted (simulation I5). */
  watchSigner(signer: SignerPort, ports: SimulatedPorts): SignerPort {
    return {
      self: signer.self,
      publicKey: signer.publicKey,
      vrfPublicKey: signer.vrfPublicKey,
      proveVrf: (scope, alpha) => signer.proveVrf(scope, alpha),
      sign: async (request) => {
        const result = await signer.sign(request);
        const { scope, guard } = request;
        if (result.kind !== 'signed' || guard === undefined || !ports.isAlive()) return result;
        this.signedAfter += Number(this.#isAfterLoss);
        this.signedTooEarly += Number(this.#mayNotSign);
        const place = JSON.stringify([scope.era, scope.protocol, guard.lane, guard.sequence]);
        const earlier = this.#signed.get(place);
        if (earlier !== undefined && earlier.data.join() !== request.data.join()) {
          this.broken.push(`I5: two signatures at ${place}`);
        }
        this.#signed.set(place, request);
        return result;
      },
    };
  }

  /** No place that a signature left for is open to other bytes (storage L3). */
  async checkSigner(signer: SignerPort): Promise<void> {
    for (const [place, request] of this.#signed) {
      const { kind } = await signer.sign({ ...request, data: Uint8Array.of(...request.data, 1) });
      if (kind === 'signed')
        this.broken.push(`L3: ${place} was signed, and other bytes are signed there after a crash`);
    }
  }

  watchLog(log: LogPort): LogPort {
    return {
      append: async (entry) => {
        this.#unwritten.add(entry.bytes);
        await log.append(entry);
        this.#unwritten.delete(entry.bytes);
        this.logEntries += 1;
      },
      read: (era, protocol) => log.read(era, protocol),
      truncate: (era, protocol, height) => log.truncate(era, protocol, height),
    };
  }
}

function includes(whole: Bytes, part: Bytes): boolean {
  for (let start = 0; start + part.length <= whole.length; start++) {
    if (part.every((byte, index) => whole[start + index] === byte)) return true;
  }
  return false;
}

function genesisOf(ids: readonly string[]): GenesisConfig {
  return {
    chainName: 'on a disk',
    timestamp: START,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 1_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit: 1_000n, category: 'WIND', signatures: [] })),
    ballots: [],
    consensus: new Uint8Array(),
  };
}
