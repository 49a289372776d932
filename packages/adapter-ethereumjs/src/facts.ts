/**
 * Where the facts of a chain come from.
 *
 * @module
 */
import type { Bytes, Fact, FactKind, Height } from '@fiducia/consensus';

/** A block whose state the virtual machine has, as far as sources of facts need it. */
export interface ExecutedBlock {
  /** Height of the block. */
  readonly height: Height;
  /** Root of the state before the block. */
  readonly parentRoot: Bytes;
  /** Root of the state after the block. */
  readonly root: Bytes;
}

/**
 * Tells consensus what the chain established. Every node must get the same answers for the same block, so an answer may
 * depend on what the header commits to, and on nothing else.
 */
export interface FactSource {
  /** Kinds of facts that it can tell; checked against the needs of the plugin. */
  readonly provides: ReadonlySet<FactKind>;
  /**
   * The current value of every fact in a state: admissions first, in order, then all others sorted by actor. Asked for the
   * genesis state, and by a host at the start of every era.
   *
   * @param root - Root of the state.
   * @returns `null` if that state is not here.
   */
  census(root: Bytes): Promise<readonly Fact[] | null>;
  /**
   * What a block established, in order of execution; asked again after a restart.
   *
   * @returns `null` if a state of the block is not here.
   */
  factsOf(block: ExecutedBlock): Promise<readonly Fact[] | null>;
}

/** A register outside the chain, see {@link createRegistryFacts}. */
export interface FactRegistry {
  /** Kinds of facts in the register. */
  readonly provides: Iterable<FactKind>;
  /** Facts before the first block. */
  readonly census: readonly Fact[];
  /** Facts by the height of the block that they come with; absent where there are none. */
  readonly changes?: ReadonlyMap<Height, readonly Fact[]>;
}

/**
 * Facts from a register that all nodes were given, for chains of known members: who is a candidate is configured, like the
 * signers of a proof-of-authority chain.
 *
 * Changes are bound to heights and must be known to all nodes before a block has that height.
 *
 * @example
 * ```ts
 * const facts = createRegistryFacts({
 *   provides: ['admission', 'exit', 'deposit', 'ballot'],
 *   census: members.map((actor) => ({ kind: 'admission', actor, deposit: 1n, category: 'sealer' })),
 *   changes: new Map([[1_000, [{ kind: 'exit', actor: members[0] }]]]),
 * });
 * ```
 */
export function createRegistryFacts({ provides, census, changes }: FactRegistry): FactSource {
  return {
    provides: new Set(provides),
    census: async () => census,
    factsOf: async ({ height }) => changes?.get(height) ?? [],
  };
}
