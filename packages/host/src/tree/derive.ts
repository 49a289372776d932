/**
 * States derived again from storage: after a restart, and for reorganisations below the retention
 * point (contract H-23, H-26, H-42).
 *
 * @module
 */
import { type BlockId, type Evidence, type Height, type Tip, tryDecode } from '@fiducia/consensus';
import type { ChainPort, StoredBlock } from '@fiducia/consensus/ports';
import type { ActiveEra } from '../era/schedule.ts';
import { HostError } from '../errors.ts';
import { extendOffences } from '../evidence/offences.ts';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import { decodeBlockRecord } from '../record/block-record.ts';
import type { TreeNode } from './block-tree.ts';

/** Where to start and which blocks to apply after it. */
interface Route {
  /** Genesis or the block with the newest checkpoint. */
  readonly base: TreeNode;
  /** Blocks above the base, oldest first. */
  readonly ids: readonly BlockId[];
}

/**
 * Applies the stored facts of every block from the newest checkpoint to `id`.
 *
 * @returns The tips on the way, oldest first, ending with that of `id`, which must be stored.
 * @throws HostError with `STORE_CORRUPT`.
 */
export async function* deriveBranch(
  chain: ChainPort,
  era: ActiveEra,
  genesis: TreeNode,
  id: BlockId,
): AsyncGenerator<TreeNode, void, undefined> {
  const { base, ids } = await findRoute(chain, era, genesis, id);
  yield base;
  let node = base;
  for (const next of ids) {
    node = applyStored(node, await requireStored(chain, next), era);
    yield node;
  }
}

async function findRoute(chain: ChainPort, era: ActiveEra, genesis: TreeNode, id: BlockId): Promise<Route> {
  const ids: BlockId[] = [];
  let next = id;
  while (next !== genesis.tip.header.id) {
    const stored = await requireStored(chain, next);
    if (stored.checkpoint !== undefined) {
      return { base: await restoreCheckpoint(chain, era, stored, stored.checkpoint), ids: ids.reverse() };
    }
    ids.push(next);
    next = stored.block.header.parentId;
  }
  return { base: genesis, ids: ids.reverse() };
}

async function restoreCheckpoint(
  chain: ChainPort,
  era: ActiveEra,
  stored: StoredBlock,
  chunks: Iterable<Uint8Array>,
): Promise<TreeNode> {
  const { header } = stored.block;
  const decoded = tryDecode(() => ({ state: era.rules.codec.decode(chunks) }));
  if (decoded === undefined) throw corrupt(`checkpoint of block ${header.id}`);
  const tip: Tip<unknown> = { header, state: decoded.state, totalWeight: requireRecord(stored).totalWeight };

  const recent: { readonly height: Height; readonly evidence: readonly Evidence[] }[] = [];
  let block = stored.block;
  while (block.header.height > 0 && block.header.height + EVIDENCE_WINDOW_BLOCKS >= header.height) {
    if (block.evidence.length > 0) recent.push({ height: block.header.height, evidence: block.evidence });
    block = (await requireStored(chain, block.header.parentId)).block;
  }
  let offences: TreeNode['offences'] = null;
  for (const { height, evidence } of recent.reverse()) offences = extendOffences(offences, height, evidence);
  return { tip, era: era.index, offences };
}

function applyStored(parent: TreeNode, stored: StoredBlock, era: ActiveEra): TreeNode {
  const { header, evidence } = stored.block;
  const { facts, totalWeight } = requireRecord(stored);
  const state = era.rules.applyHeader(parent.tip.state, header, facts);
  return {
    tip: { header, state, totalWeight },
    era: era.index,
    offences: extendOffences(parent.offences, header.height, evidence),
  };
}

function requireRecord(stored: StoredBlock): ReturnType<typeof decodeBlockRecord> {
  const record = tryDecode(() => decodeBlockRecord(stored.record));
  if (record === undefined) throw corrupt(`record of block ${stored.block.header.id}`);
  return record;
}

async function requireStored(chain: ChainPort, id: BlockId): Promise<StoredBlock> {
  const stored = await chain.read({ kind: 'id', id });
  if (stored === null) throw corrupt(`block ${id} is missing`);
  return stored;
}

function corrupt(reason: string): HostError {
  return new HostError({ code: 'STORE_CORRUPT', reason });
}
