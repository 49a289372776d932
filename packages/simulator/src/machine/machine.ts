/**
 * A machine of a run: one key, one disk and one node at a time, which can end and start again.
 *
 * @module
 */
import type { ActorId, Bytes, ConsensusPlugin, Era, Millis, Validator } from '@fiducia/consensus';
import type { ChainPort, ClockPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { type ConsensusHost, createHost, isHostError } from '@fiducia/host';
import {
  createRoundVote,
  type GenesisConfig,
  isLedgerError,
  type Ledger,
  type LedgerModule,
  openLedger,
} from '@fiducia/ledger';
import type { Disguise } from '../adversary/disguise.ts';
import { isSimulationError, SimulationError } from '../errors.ts';
import type { WorldNode } from '../run/world.ts';
import type { SimulatedPorts, Simulation } from '../simulation.ts';
import type { CrashDamage, DiskConditions, DiskPart } from '../storage/conditions.ts';
import { createDisk, type SimulatedDisk } from '../storage/disk.ts';
import type { StubCrypto, StubIdentity } from '../stub-crypto.ts';
import { overheard } from './overheard.ts';

/** What all machines of a chain have in common. */
export interface ChainSetup {
  readonly genesis: GenesisConfig;
  readonly modules: readonly LedgerModule[];
  readonly plugins: readonly ConsensusPlugin[];
  readonly eras: readonly Era[];
  readonly genesisValidators: readonly Validator[];
  /** Whether members take part in rounds. */
  readonly votesInRounds: boolean;
}

/** What a machine is made of. */
export interface MachineOptions {
  readonly setup: ChainSetup;
  readonly simulation: Simulation;
  /** Unique name of the machine. */
  readonly name: string;
  /** Name of its key; two machines may have the same. */
  readonly keyName: string;
  readonly crypto: StubCrypto;
  /** Cryptography of one life, which may mine by the clock of its ports. */
  readonly createCrypto: (ports: SimulatedPorts) => CryptoPort;
  /** How its disk behaves. */
  readonly disk: DiskConditions;
  /** Turn the machine into an adversary, one put on over the other; none for an honest one. */
  readonly disguises: readonly Disguise[];
  /** Told of each life before its host starts. */
  readonly onLife: (machine: Machine) => void;
  /** Told of every message and answer that reaches it, if anybody wants to know. */
  readonly onArrival?: (bytes: Bytes) => void;
}

interface Life {
  readonly host: ConsensusHost;
  readonly ledger: Ledger;
}

/** What a process loses that ends by itself: nothing is cut off, but nothing is waited for either. */
const EXIT: CrashDamage = { damagePermille: 500 };
/** A supervisor starts a process again that ended by itself. */
const RESTART_MS = 2_000;
const CONSENSUS_ROOT_EVERY = 4;

/** A machine through all its lives. */
export class Machine implements WorldNode {
  readonly name: string;
  readonly index: number;
  readonly identity: StubIdentity;
  readonly actorId: ActorId;
  readonly disguises: readonly Disguise[];
  readonly disk: SimulatedDisk;
  readonly #options: MachineOptions;
  /** Those of the process that runs, or will run next; `null` while there is none. */
  #ports: SimulatedPorts | null;
  #life: Life | null = null;
  #status: 'down' | 'starting' | 'up' = 'down';
  #isStarted = false;
  #incarnation = -1;
  #storeGeneration = 0;
  #hasLostRecords = false;
  /** Of the disk, when it was opened last. */
  #misdirectedReads = 0;
  #misdirectedWrites = 0;
  /** Of the disk, when its store was emptied last. */
  #misdirectedBefore = 0;
  #isAbandoned = false;
  #toldTime: Millis = 0;

  constructor(options: MachineOptions) {
    const { simulation, name, keyName, crypto, disguises } = options;
    this.#ports = simulation.addNode(name);
    this.disk = createDisk({ simulation, machine: this.#ports, conditions: options.disk });
    this.name = name;
    this.index = this.#ports.index;
    this.identity = crypto.identity(keyName);
    this.actorId = this.identity.address;
    this.disguises = disguises;
    this.#options = options;
  }

  get isHonest(): boolean {
    return this.disguises.length === 0;
  }

  get isUp(): boolean {
    return this.#status === 'up';
  }

  /** Whether its host has begun and answers questions. */
  get isReadable(): boolean {
    return this.#isStarted;
  }

  get incarnation(): number {
    return Math.max(0, this.#incarnation);
  }

  get storeGeneration(): number {
    return this.#storeGeneration;
  }

  get isStoreWhole(): boolean {
    return this.disk.counts().misdirectedWrites === this.#misdirectedBefore;
  }

  /** Asking the clock itself would be noticed: it never goes back behind what it has told anybody. */
  now(): Millis {
    return this.#toldTime;
  }

  get host(): ConsensusHost {
    return this.#requireLife().host;
  }

  get ledger(): Ledger {
    return this.#requireLife().ledger;
  }

  /** Begins a life, which takes time to read the disk; does nothing while one lasts. */
  async start(): Promise<void> {
    if (this.#status !== 'down' || this.#isAbandoned) return;
    const { simulation } = this.#options;
    const ports = this.#ports ?? simulation.restart(this.name);
    this.#ports = ports;
    this.#status = 'starting';
    try {
      const { host, ledger } = await this.#open(ports);
      ledger.start();
      await host.start();
      this.#isStarted = true;
    } catch (error) {
      if (ports.isAlive()) this.#onFailure(ports, error);
      return;
    }
    for (const disguise of this.disguises) disguise.begin();
  }

  /** Ends a life at once, as a power cut does. @returns Whether there was one. */
  kill(damage: CrashDamage = EXIT): boolean {
    if (this.#status === 'down') return false;
    this.#status = 'down';
    this.#isStarted = false;
    this.#ports = null;
    this.#options.simulation.kill(this.name);
    this.disk.crash(damage);
    return true;
  }

  /** Ends its life, and nobody starts it again. */
  abandon(damage: CrashDamage): void {
    this.#isAbandoned = true;
    this.kill(damage);
  }

  /** Replaces the disk by an empty one; the machine has to be down. It signs nothing any more (storage L8). */
  loseDisk(): void {
    this.#empty();
    this.#storeGeneration += 1;
    this.#hasLostRecords = true;
  }

  #empty(parts?: readonly DiskPart[]): void {
    this.disk.wipe(parts);
    this.#misdirectedBefore = this.disk.counts().misdirectedWrites;
  }

  async #open(truePorts: SimulatedPorts): Promise<Life> {
    const { disk, disguises } = this;
    const { setup, onLife, crypto, keyName, onArrival } = this.#options;
    const net = onArrival === undefined ? truePorts.net : overheard(truePorts.net, onArrival);
    const recordedPorts = { ...truePorts, net, log: disk.openLog(truePorts) };
    const ports = disguises.reduce<SimulatedPorts>((inner, disguise) => disguise.ports(inner), recordedPorts);
    const verifier = this.#options.createCrypto(ports);
    const { genesis, modules } = setup;
    const store = disk.openStore(truePorts);
    const ledger = await openLedger({ genesis, modules, crypto: verifier, net: ports.net, store });
    this.#noteLosses(ledger.recovery.damaged.length + ledger.recovery.blocksRewound > 0);

    const headHeight = this.#hasLostRecords ? 1 : 0;
    const signer = crypto.createSigner(keyName, { records: disk.openGuard(truePorts), headHeight });
    const host = this.#createHost(
      ports,
      verifier,
      ledger,
      disguises.reduce((inner, disguise) => disguise.signer(inner), signer),
    );
    host.events.on('faulted', ({ error }) => {
      // What a killed process comes upon is no matter of the one after it.
      if (truePorts.isAlive()) this.#onFailure(truePorts, error);
    });
    const life = { host, ledger };
    this.#life = life;
    this.#incarnation += 1;
    this.#status = 'up';
    if (setup.votesInRounds) this.#voteInEveryRound(life);
    this.#recordStates(life);
    onLife(this);
    return life;
  }

  /**
   * A disk that mixed up records may have taken what it acknowledged, which recovery sees, or can not see. What a crash
   * damaged nobody was told of, so that excuses no loss.
   */
  #noteLosses(isDamaged: boolean): void {
    const { misdirectedReads, misdirectedWrites } = this.disk.counts();
    const isWrittenOver = misdirectedWrites > this.#misdirectedWrites;
    if (isWrittenOver || (isDamaged && this.#isMixedUp())) this.#storeGeneration += 1;
    this.#misdirectedReads = misdirectedReads;
    this.#misdirectedWrites = misdirectedWrites;
  }

  /** Whether what looks damaged may be the record of another key, misread since the store was opened or written there. */
  #isMixedUp(): boolean {
    return !this.isStoreWhole || this.disk.counts().misdirectedReads > this.#misdirectedReads;
  }

  #createHost(ports: SimulatedPorts, crypto: CryptoPort, ledger: Ledger, signer: SignerPort): ConsensusHost {
    const { setup } = this.#options;
    const { plugins, eras, genesisValidators } = setup;
    const { net, log, recorder } = ports;
    const clock: ClockPort = {
      ...ports.clock,
      now: () => {
        this.#toldTime = ports.clock.now();
        return this.#toldTime;
      },
    };
    const chain = this.disguises.reduce<ChainPort>((inner, disguise) => disguise.chain(inner), ledger);
    const { chainId } = ledger;
    return createHost({
      ...{ chain, chainId, net, clock, log, recorder, crypto, signer },
      ...{ plugins, eras, genesisValidators },
    });
  }

  /**
   * A process ends when its disk fails, and is started again; the store of a damaged disk is emptied before, so that
   * the machine fetches the chain from its peers (storage S9). Only a disk that mixes up records may come to that:
   * otherwise it is the same store, and whatever it had acknowledged is missed (simulation I9). Every other failure is
   * one of the code under test.
   */
  #onFailure(ports: SimulatedPorts, error: unknown): void {
    if (!isDiskFailure(error)) {
      ports.fail(error);
      return;
    }
    this.kill();
    if (isDamage(error)) {
      if (this.#isMixedUp()) this.#storeGeneration += 1;
      this.#empty(['store']);
    }
    const { simulation } = this.#options;
    simulation.schedule(simulation.now() + RESTART_MS, `supervisor/${this.name}`, () => this.start());
  }

  /**
   * The trace binds what nodes came to, not only what they said, and what a state hides from every effect still shows
   * when the same seed runs twice: the root of the ledger, which is known anyway, at
   * every head, and those of the consensus state and the gadget, which have to be encoded, now and then (simulation E4).
   */
  #recordStates({ host, ledger }: Life): void {
    const { simulation } = this.#options;
    host.events.on('headChanged', ({ tip: { header } }) => {
      const { id, height } = header;
      const root = ledger.stateAt(id)?.root;
      if (root !== undefined) simulation.note(this.name, 'ledgerRoot', root);
      if (height % CONSENSUS_ROOT_EVERY !== 0) return;
      simulation.note(this.name, 'consensusRoot', host.consensusRoot(id));
      const ofGadget = host.gadgetRoot(id);
      if (ofGadget !== null) simulation.note(this.name, 'gadgetRoot', ofGadget);
    });
  }

  /** One vote per adopted head, as a round voter sends it (trust F8). */
  #voteInEveryRound({ host, ledger }: Life): void {
    host.events.on('headChanged', ({ tip: { header } }) => {
      const { chainId } = ledger;
      const place = { chainId, height: header.height + 1, parentId: header.id };
      void ledger.submitRoundVote(createRoundVote({ ...place, signer: this.identity }));
    });
  }

  #requireLife(): Life {
    if (this.#life !== null) return this.#life;
    throw new SimulationError({ code: 'UNKNOWN_NODE', node: `${this.name}, which never started` });
  }
}

/** Whether the disk is behind an error, however deep. */
function isDiskFailure(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isSimulationError(cause, 'DISK_FAILED') || isDamage(cause)) return true;
  }
  return false;
}

function isDamage(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const codes = ['STORE_DAMAGED', 'STORE_INCONSISTENT'] as const;
    if (codes.some((code) => isLedgerError(cause, code)) || isHostError(cause, 'STORE_CORRUPT')) return true;
  }
  return false;
}
