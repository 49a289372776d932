/**
 * What checkers of invariants are made of.
 *
 * @module
 */
import type { ConsensusHeader } from '@fiducia/consensus';
import type { Invariant, World, WorldNode } from '../run/world.ts';
import type { Chronicle } from './chronicle.ts';
import type { FreshTree } from './fresh-tree.ts';
import type { Retaken } from './replica.ts';

/** What a checker works with. */
export interface CheckerContext {
  readonly world: World;
  readonly chronicle: Chronicle;
  /** The adopted chains of honest nodes at the end of the run, each taken again once. */
  readonly retaken: () => Promise<readonly Retaken[]>;
  /** All blocks of the chronicle with states from the facts that their first importer told of. */
  readonly derived: () => Promise<FreshTree>;
  /** Reports that the invariant of this checker does not hold. */
  readonly broken: (node: string | null, reason: string) => void;
}

/** Makes one checker. */
export type CreateChecker = (context: CheckerContext) => Omit<Invariant, 'id'>;

/** Whether the host of a node answers questions. */
export function isReadable({ isUp, host }: WorldNode): boolean {
  if (!isUp) return false;
  try {
    host.head();
    return true;
  } catch {
    return false;
  }
}

/** Honest nodes that answer questions. */
export function readableNodes({ nodes }: Pick<World, 'nodes'>): readonly WorldNode[] {
  return nodes.filter((node) => node.isHonest && isReadable(node));
}

/** Those of them whose stores can be read back whole: what a disk wrote over, only a reader of that record finds out. */
export function soundNodes(world: Pick<World, 'nodes'>): readonly WorldNode[] {
  return readableNodes(world).filter(({ isStoreWhole }) => isStoreWhole !== false);
}

/** How reports name a block. */
export function nameOf({ height, id }: Pick<ConsensusHeader, 'height' | 'id'>): string {
  return `${id} at height ${height}`;
}
