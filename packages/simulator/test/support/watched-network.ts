/** A network of whole nodes under watch of the checkers of invariants. */
import type { ConsensusPlugin, Era, Validator } from '@fiducia/consensus';
import { createHost } from '@fiducia/host';
import {
  createLedger,
  createTransaction,
  type GenesisConfig,
  type LedgerModule,
  transfer,
  validatorKeysModule,
} from '@fiducia/ledger';
import { withSimulatedMining } from '../../../consensus-pow/test/support/simulated-mining.ts';
import {
  type ChainNode,
  createChainNode,
  createInvariants,
  createSimulation,
  createStubCrypto,
  type Invariant,
  type InvariantId,
  type NetworkConditions,
  type Simulation,
  type StubCrypto,
  type Violation,
  type World,
  type WorldNode,
} from '../../src/index.ts';
import { START } from './chain.ts';
import { sha256 } from './hash.ts';
import { type Subject, type SubjectName, subjectOf } from './subjects.ts';

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

export interface WatchedNetwork {
  readonly subject: Subject;
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly genesis: GenesisConfig;
  readonly world: Changeable<World>;
  readonly nodes: readonly Changeable<WorldNode>[];
  readonly chains: ChainNode[];
  readonly invariants: readonly Invariant[];
  readonly violations: Violation[];
  /** Runs that long, and lets the checkers look after every step. */
  runSlots(count: number): Promise<void>;
  /** Hands a transfer to itself to one node. */
  pay(index: number): Promise<void>;
  /** Ends a node and starts it again on its ledger, or on none. */
  restart(index: number, store?: 'kept' | 'lost'): Promise<void>;
  /** Asks all checkers for their last word. */
  finish(): Promise<readonly Violation[]>;
}

export interface WatchedNetworkOptions {
  readonly subject: SubjectName | Subject;
  readonly gadget?: { readonly plugin: ConsensusPlugin; readonly config: object };
  readonly seed?: number;
  readonly size?: number;
  readonly ids?: readonly InvariantId[];
  readonly conditions?: NetworkConditions;
  readonly world?: Partial<World>;
  /** What a checker sees in place of the truth. */
  readonly disguise?: (node: WorldNode) => Partial<WorldNode>;
  /** Plugin of one node, if not that of the subject. */
  readonly pluginAt?: (index: number, plugin: ConsensusPlugin) => ConsensusPlugin;
  /** In place of the plugin of the subject at the checkers. */
  readonly checkedPlugin?: ConsensusPlugin;
}

const STEP_MS = 100;

export async function createWatchedNetwork(options: WatchedNetworkOptions): Promise<WatchedNetwork> {
  const { seed = 1, conditions = {}, ids, pluginAt = (_index, plugin) => plugin } = options;
  const subject = typeof options.subject === 'string' ? subjectOf(options.subject) : options.subject;
  const { plugin, config, slotMs } = subject;
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network: conditions });
  const names = Array.from({ length: options.size ?? subject.nodes }, (_, index) => `node-${index}`);
  const members = names.map((name) => crypto.identity(name).address);
  const genesis = createGenesis(members);
  const modules = modulesOf(subject, names, crypto);
  const finality = options.gadget && { name: options.gadget.plugin.name, config: options.gadget.config };
  const eras: Era[] = [{ fromHeight: 1, production: { name: plugin.name, config }, ...(finality && { finality }) }];
  const genesisValidators: Validator[] = members.map((id) => ({ id, weight: 1n }));
  const pluginsOf = (production: ConsensusPlugin) => [production, ...(options.gadget ? [options.gadget.plugin] : [])];
  const power = { hashesPerSecond: subject.hashesPerSecond };

  const ports = names.map((name) => simulation.addNode(name));
  const cryptos = ports.map(({ clock }, index) =>
    subject.hashesPerSecond === 0 ? crypto : withSimulatedMining(crypto, { clock, power, seed, index }),
  );
  const signers = names.map((name) => crypto.createSigner(name));
  const checkingCrypto = cryptos[0] ?? crypto;
  const parts = (index: number) => ({
    crypto: cryptos[index] ?? crypto,
    signer: signers[index] ?? null,
    plugins: pluginsOf(pluginAt(index, plugin)),
    eras,
    genesisValidators,
  });
  const chains = ports.map((own, index) => createChainNode({ ports: own, genesis, modules, ...parts(index) }));

  const violations: Violation[] = [];
  const nodes: Changeable<WorldNode>[] = [];
  const world: Changeable<World> = {
    simulation,
    slotMs,
    nodes,
    eras,
    plugins: pluginsOf(options.checkedPlugin ?? plugin),
    genesisValidators,
    crypto: checkingCrypto,
    createLedger: () => createLedger({ genesis, modules, crypto: checkingCrypto }),
    isWithinTolerance: true,
    ...options.world,
  };
  for (const [index, { name, host, ledger }] of chains.entries()) {
    const node = {
      name,
      index,
      actorId: members[index] ?? null,
      isHonest: true,
      isUp: true,
      host,
      ledger,
      incarnation: 0,
      storeGeneration: 0,
    };
    nodes.push({ ...node, ...options.disguise?.(node) });
  }
  const invariants = createInvariants({
    world,
    ...(ids && { ids }),
    report: (violation) => violations.push(violation),
  });
  const watch = (node: WorldNode | undefined): void => {
    if (node !== undefined) for (const invariant of invariants) invariant.watch?.(node);
  };
  for (const node of nodes) watch(node);
  for (const chain of chains) await chain.start();

  return {
    subject,
    simulation,
    crypto,
    genesis,
    world,
    nodes,
    chains,
    invariants,
    violations,
    async runSlots(count) {
      const end = simulation.now() + count * slotMs;
      for (let at = simulation.now(); at < end; ) {
        at = Math.min(end, at + STEP_MS);
        await simulation.runUntil(at);
        for (const invariant of invariants) invariant.afterEvent?.();
        for (const invariant of invariants) await invariant.settle?.();
      }
    },
    async pay(index) {
      const { ledger } = required(chains[index]);
      const signer = crypto.identity(names[index] ?? '');
      const nonce = ledger.nonceOf(signer.address);
      const payload = { to: signer.address, amount: 1n };
      await ledger.submit(createTransaction(transfer, { chainId: ledger.chainId, nonce, fee: 1n, payload, signer }));
    },
    async restart(index, store = 'kept') {
      const old = required(chains[index]);
      const node = required(nodes[index]);
      await old.stop();
      const own = required(ports[index]);
      const fresh = createChainNode({ ports: own, genesis, modules, ...parts(index) });
      const ledger = store === 'kept' ? old.ledger : fresh.ledger;
      const { clock, net, log, recorder } = own;
      const host =
        store === 'kept'
          ? createHost({ chain: ledger, chainId: ledger.chainId, clock, net, log, recorder, ...parts(index) })
          : fresh.host;
      chains[index] = { ...fresh, host, ledger };
      node.host = host;
      node.ledger = ledger;
      node.incarnation += 1;
      if (store === 'lost') node.storeGeneration += 1;
      watch(node);
      ledger.start();
      await host.start();
      for (const invariant of invariants) invariant.afterEvent?.();
      for (const invariant of invariants) await invariant.settle?.();
    },
    async finish() {
      for (const invariant of invariants) await invariant.finish?.();
      return violations;
    },
  };
}

function modulesOf({ hasVrfKeys }: Subject, names: readonly string[], crypto: StubCrypto): readonly LedgerModule[] {
  if (!hasVrfKeys) return [];
  const keys = names.map((name) => {
    return { actor: crypto.identity(name).address, publicKey: crypto.identity(`${name}/vrf`).publicKey };
  });
  return [validatorKeysModule({ keys })];
}

function createGenesis(ids: readonly string[]): GenesisConfig {
  const deposit = 1_000n;
  return {
    chainName: 'watched',
    timestamp: START,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit, category: 'WIND', signatures: [] })),
    ballots: ids.flatMap((from, index) => {
      const to = ids[(index + 1) % ids.length];
      return to === undefined || to === from ? [] : [{ from, to, weight: deposit }];
    }),
    consensus: new Uint8Array(),
  };
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no such node');
  return value;
}
