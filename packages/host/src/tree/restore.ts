/**
 * The chain as a host finds it when it starts (contract H-42).
 *
 * @module
 */
import type { Height } from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import { type ActivateEra, decideEras } from '../era/decide.ts';
import type { EraSchedule } from '../era/schedule.ts';
import { HostError } from '../errors.ts';
import type { HostEventHub } from '../events.ts';
import type { HostLimits } from '../limits.ts';
import type { TreeNode } from './block-tree.ts';
import { Branches } from './branches.ts';
import { deriveBranch, requireRecord } from './derive.ts';

/** What a chain is restored from. */
export interface RestoreOptions {
  readonly chain: ChainPort;
  /** Configured eras; those that the chain decided on are added. */
  readonly eras: EraSchedule;
  readonly genesis: TreeNode;
  readonly limits: HostLimits;
  readonly activate: ActivateEra;
  readonly events: HostEventHub;
}

/**
 * Derives the states that are kept in memory: from the finalised block, or from the retention point if that is
 * nearer to the head.
 *
 * @throws HostError with `STORE_CORRUPT`.
 */
export async function restoreChain(options: RestoreOptions): Promise<Branches> {
  const { chain, eras, genesis, limits } = options;
  const headId = (await chain.read({ kind: 'head' }))?.block.header.id ?? genesis.tip.header.id;
  const finalHeight = await restoreEras(options);
  const nodes: TreeNode[] = [];
  for await (const node of deriveBranch(chain, eras, genesis, headId)) {
    // The newest checkpoint may lie above the finalised block, where retention has moved it.
    const isPassed = node.tip.header.height <= finalHeight || nodes.length > limits.retentionBlocks;
    if (isPassed) nodes.shift();
    nodes.push(node);
  }
  const finalized = finalHeight === 0 ? genesis : nodes.find(({ tip }) => tip.header.height === finalHeight);
  return new Branches(
    genesis,
    { nodes, finalized: finalized ?? (await deriveOne(options, finalHeight)) },
    eras,
    chain,
    limits,
  );
}

/** Adds the eras announced up to the finalised block. @returns Its height. */
async function restoreEras({ chain, eras, genesis, activate, events }: RestoreOptions): Promise<Height> {
  const stored = await chain.read({ kind: 'finalized' });
  if (stored === null || stored.block.header.height === genesis.tip.header.height) return genesis.tip.header.height;
  decideEras(eras, requireRecord(stored).announced, activate, events);
  return stored.block.header.height;
}

/** The finalised block, when states start above it. */
async function deriveOne({ chain, eras, genesis }: RestoreOptions, height: Height): Promise<TreeNode> {
  const stored = await chain.read({ kind: 'height', height });
  if (stored === null) throw new HostError({ code: 'STORE_CORRUPT', reason: `no block at height ${height}` });
  let last = genesis;
  for await (const node of deriveBranch(chain, eras, genesis, stored.block.header.id)) last = node;
  return last;
}
