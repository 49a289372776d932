/**
 * A machine of a run: one key and one node at a time, which can end and start again.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Era, Validator } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { type ConsensusHost, createHost } from '@fiducia/host';
import { createLedger, createRoundVote, type GenesisConfig, type Ledger, type LedgerModule } from '@fiducia/ledger';
import type { Disguise } from '../adversary/disguise.ts';
import { SimulationError } from '../errors.ts';
import type { WorldNode } from '../run/world.ts';
import type { SimulatedPorts, Simulation } from '../simulation.ts';
import type { StubIdentity } from '../stub-crypto.ts';

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
  /** Cryptography of one life, which may mine by the clock of its ports. */
  readonly createCrypto: (ports: SimulatedPorts) => CryptoPort;
  readonly signer: SignerPort;
  /** Signs round votes and transactions of the member. */
  readonly identity: StubIdentity;
  /** Turns the machine into an adversary; `null` for an honest one. */
  readonly disguise: Disguise | null;
  /** Told of each life before its host starts. */
  readonly onLife: (machine: Machine) => void;
}

interface Life {
  readonly host: ConsensusHost;
  readonly ledger: Ledger;
}

/** A machine through all its lives. */
export class Machine implements WorldNode {
  readonly name: string;
  readonly index: number;
  readonly actorId: ActorId;
  readonly identity: StubIdentity;
  readonly disguise: Disguise | null;
  readonly #options: MachineOptions;
  /** Those of the process that runs, or will run next; `null` after a crash. */
  #ports: SimulatedPorts | null;
  #life: Life | null = null;
  #isUp = false;
  #incarnation = -1;
  #storeGeneration = 0;

  constructor(options: MachineOptions) {
    const { simulation, name, identity, disguise } = options;
    this.#ports = simulation.addNode(name);
    this.name = name;
    this.index = this.#ports.index;
    this.actorId = identity.address;
    this.identity = identity;
    this.disguise = disguise;
    this.#options = options;
  }

  get isHonest(): boolean {
    return this.disguise === null;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get incarnation(): number {
    return Math.max(0, this.#incarnation);
  }

  get storeGeneration(): number {
    return this.#storeGeneration;
  }

  get host(): ConsensusHost {
    return this.#requireLife().host;
  }

  get ledger(): Ledger {
    return this.#requireLife().ledger;
  }

  /** Begins a life; does nothing while one lasts. */
  async start(): Promise<void> {
    if (this.#isUp) return;
    const { simulation, setup, disguise, onLife } = this.#options;
    const truePorts = this.#ports ?? simulation.restart(this.name);
    this.#ports = truePorts;
    this.#isUp = true;
    const ports = disguise?.ports(truePorts) ?? truePorts;
    const crypto = this.#options.createCrypto(ports);
    const ledger = this.#life?.ledger ?? this.#createLedger(ports, crypto);
    const host = this.#createHost(ports, crypto, ledger);
    host.events.on('faulted', ({ error }) => ports.fail(error));
    this.#life = { host, ledger };
    this.#incarnation += 1;
    if (setup.votesInRounds) this.#voteInEveryRound(this.#life);
    onLife(this);
    ledger.start();
    await host.start();
    disguise?.begin();
  }

  /** Ends a life at once, as a power cut does. @returns Whether there was one. */
  kill(): boolean {
    if (!this.#isUp) return false;
    this.#isUp = false;
    this.#ports = null;
    this.#options.simulation.kill(this.name);
    return true;
  }

  #createLedger(ports: SimulatedPorts, crypto: CryptoPort): Ledger {
    const { genesis, modules } = this.#options.setup;
    return createLedger({ genesis, modules, crypto, net: ports.net });
  }

  #createHost(ports: SimulatedPorts, crypto: CryptoPort, ledger: Ledger): ConsensusHost {
    const { setup, signer, disguise } = this.#options;
    const { plugins, eras, genesisValidators } = setup;
    const { net, clock, log, recorder } = ports;
    return createHost({
      chain: disguise?.chain(ledger) ?? ledger,
      chainId: ledger.chainId,
      net,
      clock,
      log,
      recorder,
      crypto,
      signer: disguise?.signer(signer) ?? signer,
      plugins,
      eras,
      genesisValidators,
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
