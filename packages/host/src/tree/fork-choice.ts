/**
 * Fork choice (contract H-20) and the path between two heads.
 *
 * @module
 */
import { type BlockId, type ConsensusHeader, compareHeads } from '@fiducia/consensus';
import type { EraSchedule } from '../era/schedule.ts';
import { assertInvariant } from '../errors.ts';
import type { TreeNode } from './block-tree.ts';

/**
 * Compares two branches; every tip in the tree descends from the finalised block already. A strict
 * total order, so the best of any set of blocks does not depend on the order of their arrival. A later era wins
 * (contract H-35).
 *
 * @returns Positive if `a` is better, negative if `b` is; 0 only for one and the same block.
 */
export function compareBranches(a: TreeNode, b: TreeNode, eras: EraSchedule): number {
  if (a.era !== b.era) return a.era - b.era;
  const era = eras.get(a.era);
  const ofGadget = a.gadget && b.gadget ? (era?.gadget?.rules.compareTips?.(a.gadget, b.gadget) ?? 0) : 0;
  if (ofGadget !== 0) return ofGadget;
  return compareHeads(era?.production.rules ?? {}, a.tip, b.tip);
}

/** Blocks to leave and to join when the head moves. */
export interface HeadPath {
  /** Newest first. */
  readonly reverted: readonly BlockId[];
  /** Oldest first. */
  readonly applied: readonly BlockId[];
}

/** Finds the way from one head to another. @param headerOf - Reads a header from tree or storage. */
export async function findPath(
  from: ConsensusHeader,
  to: ConsensusHeader,
  headerOf: (id: BlockId) => Promise<ConsensusHeader>,
): Promise<HeadPath> {
  const reverted: BlockId[] = [];
  const applied: BlockId[] = [];
  let old = from;
  let next = to;
  while (old.id !== next.id) {
    const forward = next.height >= old.height;
    if (old.height >= next.height) {
      reverted.push(old.id);
      assertInvariant(old.height > 0, 'two branches without a common ancestor');
      old = await headerOf(old.parentId);
    }
    if (forward) {
      applied.push(next.id);
      if (next.parentId === old.id) break;
      next = await headerOf(next.parentId);
    }
  }
  return { reverted, applied: applied.reverse() };
}
