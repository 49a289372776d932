/**
 * Checkers of the invariants of simulation section 7 that hold for any plugin.
 *
 * They read nodes from outside and throw; nodes never see them.
 *
 * @module
 */
import type { ActorId, BlockId, ConsensusRules, Height } from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import type { ConsensusHost } from '@fiducia/host';
import { ACCOUNTS, auditSupply, type Ledger } from '@fiducia/ledger';
import { SimulationError } from './errors.ts';
import type { Simulation } from './simulation.ts';

/** What the checkers read of a node. */
export interface CheckedNode {
  /** Names the node in errors. */
  readonly name: string;
  /** Says which branch is adopted. */
  readonly host: Pick<ConsensusHost, 'head' | 'consensusRoot'>;
  /** Holds blocks and states. */
  readonly ledger: Pick<Ledger, 'read' | 'stateAt' | 'decode'>;
}

/** Two different blocks by one author for one conflict key. */
export interface DoubleSign {
  /** Who signed both. */
  readonly author: ActorId;
  /** Key of `ConsensusRules.conflictKey` that both have. */
  readonly key: string;
  /** Identities of the first two. */
  readonly blocks: readonly [BlockId, BlockId];
}

/** Reads all blocks on the wire and remembers double signatures (simulation I5). */
export interface DoubleSignMonitor {
  /** All found so far, one per author and key. */
  found(): readonly DoubleSign[];
  /**
   * Checks I5 for the honest authors.
   * @throws {@link SimulationError} with `INVARIANT_BROKEN`.
   */
  requireNoneBy(honest: readonly ActorId[]): void;
  /** Stops reading. */
  stop(): void;
}

const BLOCKS_CHANNEL = 'blocks';

/**
 * Checks that all nodes have adopted the same block, as they must soon after the network healed
 * (simulation I10, G4).
 *
 * @throws {@link SimulationError} with `INVARIANT_BROKEN`.
 */
export function requireEqualHeads(nodes: readonly CheckedNode[]): void {
  requireEqual('I10', nodes, ({ host }) => `${host.head().header.id} at height ${host.head().header.height}`);
}

/**
 * Checks that the adopted branches agree at all heights up to `depth` below the lowest head: for
 * chains without finality the part that counts as settled (simulation I1).
 *
 * @param depth - At least 0.
 * @returns The greatest height at which agreement was demanded.
 * @throws {@link SimulationError} with `INVARIANT_BROKEN`.
 */
export async function requireCommonPrefix(nodes: readonly CheckedNode[], depth: number): Promise<Height> {
  const lowest = Math.min(...nodes.map(({ host }) => host.head().header.height));
  const height = Math.max(0, lowest - depth);
  // Blocks name their parents, so equal blocks at one height have equal ancestors.
  const ids = await Promise.all(nodes.map(({ ledger }) => ledger.read({ kind: 'height', height })));
  requireEqual('I1', nodes, (_node, index) => `${ids[index]?.block.header.id ?? 'no block'} at height ${height}`);
  return height;
}

/**
 * Checks that nodes with the same block have the same ledger state and the same consensus state
 * after it (simulation I12).
 *
 * @param id - Block to compare at; nodes that no longer hold its state fail the check.
 * @throws {@link SimulationError} with `INVARIANT_BROKEN`.
 */
export function requireEqualStates(nodes: readonly CheckedNode[], id: BlockId): void {
  for (const { name, ledger } of nodes) {
    if (ledger.stateAt(id) !== undefined) continue;
    throw new SimulationError({ code: 'INVARIANT_BROKEN', invariant: 'I12', reason: `${name} has no state of ${id}` });
  }
  requireEqual('I12', nodes, ({ ledger }) => `ledger state ${ledger.stateAt(id)?.root.join()}`);
  requireEqual('I12', nodes, ({ host }) => `consensus state ${host.consensusRoot(id).join()}`);
}

/**
 * Checks the books of a node's adopted branch, read block by block as anybody could: no transaction
 * occurs twice, the nonces of every signer step by one from zero, no balance is negative, and the
 * supply is what was issued less what was burnt (simulation I4).
 *
 * @returns Transactions read.
 * @throws {@link SimulationError} with `INVARIANT_BROKEN`.
 */
export async function requireIntegrity(node: CheckedNode): Promise<number> {
  const { name, host, ledger } = node;
  const broken = (reason: string): never => {
    throw new SimulationError({ code: 'INVARIANT_BROKEN', invariant: 'I4', reason: `${name}: ${reason}` });
  };
  const ids = new Set<string>();
  const nonces = new Map<ActorId, number>();
  // A ledger is ahead of its host for as long as it takes to say that a block is stored.
  const head = host.head().header;
  for (let height = 1; height <= head.height; height++) {
    const stored = await ledger.read({ kind: 'height', height });
    const block = stored && ledger.decode(stored.block.bytes, 'block');
    if (block === null) return broken(`no readable block at height ${height}`);
    for (const { id, signer, nonce } of block.transactions) {
      const expected = nonces.get(signer) ?? 0;
      if (ids.has(id)) broken(`transaction ${id} occurs twice`);
      if (nonce !== expected) broken(`nonce ${nonce} of ${signer} at height ${height}, expected ${expected}`);
      ids.add(id);
      nonces.set(signer, expected + 1);
    }
  }

  const state = ledger.stateAt(head.id) ?? broken('no state at the head');
  for (const [actor, { balance, nonce }] of state.entries(ACCOUNTS)) {
    if (balance < 0n) broken(`balance of ${actor} is ${balance}`);
    if (nonce !== (nonces.get(actor) ?? 0)) broken(`next nonce of ${actor} is ${nonce}`);
  }
  if (!auditSupply(state).conserved) broken('supply is not conserved');
  return ids.size;
}

/**
 * Watches the wire for authors that sign two blocks with one conflict key (simulation I5).
 *
 * @param options.chain - Decodes blocks; any node's will do.
 * @param options.rules - Say what conflicts.
 */
export function monitorDoubleSigns(options: {
  readonly simulation: Simulation;
  readonly chain: Pick<ChainPort, 'decode'>;
  readonly rules: Pick<ConsensusRules<unknown>, 'conflictKey'>;
}): DoubleSignMonitor {
  const { simulation, chain, rules } = options;
  const first = new Map<string, { readonly id: BlockId; readonly sealHash: string }>();
  const found = new Map<string, DoubleSign>();

  const stop = simulation.onSend(({ channel, bytes }) => {
    const header = channel === BLOCKS_CHANNEL ? chain.decode(bytes, 'block')?.header : undefined;
    const key = header && rules.conflictKey?.({ kind: 'header', header });
    if (header === undefined || key === undefined) return;
    const sealHash = header.sealHash.join();
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, { id: header.id, sealHash });
    else if (earlier.sealHash !== sealHash && !found.has(key)) {
      found.set(key, { author: header.author, key, blocks: [earlier.id, header.id] });
    }
  });

  return {
    found: () => [...found.values()],
    requireNoneBy(honest) {
      const guilty = [...found.values()].find(({ author }) => honest.includes(author));
      if (guilty === undefined) return;
      const reason = `${guilty.author} signed ${guilty.blocks.join(' and ')} for ${guilty.key}`;
      throw new SimulationError({ code: 'INVARIANT_BROKEN', invariant: 'I5', reason });
    },
    stop,
  };
}

function requireEqual(
  invariant: string,
  nodes: readonly CheckedNode[],
  read: (node: CheckedNode, index: number) => string,
): void {
  const [first, ...others] = nodes.map((node, index) => ({ name: node.name, value: read(node, index) }));
  const other = others.find(({ value }) => value !== first?.value);
  if (first === undefined || other === undefined) return;
  const reason = `${first.name} has ${first.value}, ${other.name} has ${other.value}`;
  throw new SimulationError({ code: 'INVARIANT_BROKEN', invariant, reason });
}
