/** A world whose nodes say whatever a test wants them to say. */
import type { BufferUsage, ConsensusHeader, Validator } from '@fiducia/consensus';
import type { BlockLocator, StoredBlock } from '@fiducia/consensus/ports';
import type { ConsensusHost, HostEvents } from '@fiducia/host';
import { createLedger, type Ledger } from '@fiducia/ledger';
import {
  createInvariants,
  createStubCrypto,
  type InvariantId,
  type Violation,
  type World,
  type WorldNode,
} from '../../src/index.ts';
import { sha256 } from './hash.ts';
import { type SubjectName, subjectOf } from './subjects.ts';

type Changeable<T> = { -readonly [K in keyof T]: T[K] };
type Listener = (event: unknown) => void;

const NONE = new Uint8Array();

/** A node and the strings it hangs on. */
export interface FakeNode extends Changeable<WorldNode> {
  head: ConsensusHeader;
  final: ConsensusHeader;
  usage: readonly BufferUsage[];
  /** Blocks as the ledger answers; `height/7` and identities are keys. */
  readonly store: Map<string, ConsensusHeader>;
  /** Tells observers of the host something. */
  emit<Name extends keyof HostEvents>(name: Name, event: Partial<Parameters<HostEvents[Name]>[0]>): void;
  /** Imports and adopts a block, as a host reports it. */
  adopt(header: ConsensusHeader, reverted?: readonly string[]): void;
  /** Makes a block final. */
  finalise(header: ConsensusHeader): void;
  /** Ends this life and begins another. */
  restart(changes?: {
    readonly head?: ConsensusHeader;
    readonly final?: ConsensusHeader;
    readonly lost?: boolean;
  }): void;
}

export interface FakeWorld {
  readonly world: Changeable<World>;
  readonly nodes: readonly FakeNode[];
  readonly genesis: ConsensusHeader;
  readonly violations: readonly Violation[];
  /** Reasons of all violations so far. */
  reasons(): readonly string[];
  /** Moves the clock and lets the checkers look. */
  tick(ms?: number): void;
  finish(): Promise<readonly string[]>;
  /** A block on another. */
  block(name: string, parent: ConsensusHeader): ConsensusHeader;
}

/** Makes a world under the eyes of one checker alone. */
export async function createFakeWorld(
  id: InvariantId,
  options: { readonly size?: number; readonly subject?: SubjectName; readonly world?: Partial<World> } = {},
): Promise<FakeWorld> {
  const { plugin, config, slotMs } = subjectOf(options.subject ?? 'round-robin');
  const crypto = createStubCrypto({ sha256 });
  const names = Array.from({ length: options.size ?? 4 }, (_, index) => `node-${index}`);
  const genesisValidators: Validator[] = names.map((name) => ({ id: crypto.identity(name).address, weight: 1n }));
  const create = (): Ledger => createLedger({ crypto, genesis: createGenesis(genesisValidators.map((own) => own.id)) });
  const stored = await create().read({ kind: 'genesis' });
  if (stored === null) throw new Error('no genesis');
  const genesis = stored.block.header;

  let now = 1_000;
  const violations: Violation[] = [];
  const nodes = names.map((name, index) => createNode(name, index, genesisValidators[index]?.id ?? '', genesis));
  const world: Changeable<World> = {
    simulation: { now: () => now, note: () => undefined, onSend: () => () => undefined },
    slotMs,
    nodes,
    eras: [{ fromHeight: 1, production: { name: plugin.name, config } }],
    plugins: [plugin],
    genesisValidators,
    crypto,
    createLedger: create,
    isWithinTolerance: true,
    ...options.world,
  };
  const invariants = createInvariants({ world, ids: [id], report: (violation) => violations.push(violation) });
  const watch = (node: WorldNode): void => {
    for (const invariant of invariants) invariant.watch?.(node);
  };
  for (const node of nodes) {
    node.onLife = watch;
    watch(node);
  }
  const reasons = () => violations.map(({ node, reason }) => `${node}: ${reason}`);
  return {
    world,
    nodes,
    genesis,
    violations,
    reasons,
    tick(ms = 1) {
      now += ms;
      for (const invariant of invariants) invariant.afterEvent?.();
    },
    async finish() {
      for (const invariant of invariants) await invariant.finish?.();
      return reasons();
    },
    block: (name, parent) => ({ ...parent, id: name, parentId: parent.id, height: parent.height + 1 }),
  };
}

interface Strings extends FakeNode {
  onLife: (node: WorldNode) => void;
}

function createNode(name: string, index: number, actorId: string, genesis: ConsensusHeader): Strings {
  const listeners = new Map<string, Listener[]>();
  const createHost = (): ConsensusHost => {
    listeners.clear();
    const on = (event: string, listener: Listener) => {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    };
    const host: Partial<ConsensusHost> = {
      events: { on, off: () => undefined } as ConsensusHost['events'],
      head: () => ({ header: node.head, state: null, totalWeight: 0n }),
      finalized: () => node.final,
      usage: () => node.usage,
      consensusRoot: () => NONE,
      gadgetRoot: () => null,
    };
    return host as ConsensusHost;
  };
  const ledger: Partial<Ledger> = {
    usage: () => [],
    stateAt: () => undefined,
    async read(locator: BlockLocator): Promise<StoredBlock | null> {
      const key = 'id' in locator ? locator.id : 'height' in locator ? `height/${locator.height}` : locator.kind;
      const header = locator.kind === 'finalized' ? node.final : node.store.get(key);
      const block = header && { header, headerBytes: NONE, bytes: NONE, evidence: [], certificates: [] };
      return block === undefined ? null : { block, record: NONE };
    },
  };
  const node: Strings = {
    name,
    index,
    actorId,
    isHonest: true,
    isUp: true,
    host: undefined as unknown as ConsensusHost,
    ledger: ledger as Ledger,
    incarnation: 0,
    storeGeneration: 0,
    head: genesis,
    final: genesis,
    usage: [],
    store: new Map([
      ['height/0', genesis],
      [genesis.id, genesis],
    ]),
    onLife: () => undefined,
    emit(event, payload) {
      for (const listener of listeners.get(event) ?? []) listener(payload);
    },
    adopt(header, reverted = []) {
      node.store.set(header.id, header).set(`height/${header.height}`, header);
      node.emit('blockImported', { header, facts: [], adopted: true });
      node.head = header;
      node.emit('headChanged', { tip: { header, state: null, totalWeight: 0n }, reverted, applied: [header.id] });
    },
    finalise(header) {
      node.final = header;
      node.emit('finalized', { header, proof: NONE });
    },
    restart({ head = node.head, final = node.final, lost = false } = {}) {
      node.head = head;
      node.final = final;
      node.incarnation += 1;
      if (lost) node.storeGeneration += 1;
      node.host = createHost();
      node.onLife(node);
    },
  };
  node.host = createHost();
  return node;
}

function createGenesis(ids: readonly string[]) {
  return {
    chainName: 'fake',
    timestamp: 1_000,
    minimumFee: 1n,
    accounts: [],
    admission: 'open' as const,
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10,
    candidates: ids.map((id) => ({ id, owner: id, deposit: 10n, category: 'WIND', signatures: [] })),
    ballots: [],
    consensus: NONE,
  };
}
