/**
 * States derived again from storage: after a restart, and for reorganisations below the retention
 * point (contract H-23, H-26, H-42).
 *
 * @module
 */
import { type BlockId, type Bytes, type Evidence, type Fact, type Height, tryDecode } from '@fiducia/consensus';
import type { ChainPort, StoredBlock } from '@fiducia/consensus/ports';
import { applyBlock, directivesFor } from '../era/apply.ts';
import { censusKinds, handoverAfter, openEra } from '../era/opening.ts';
import type { EraSchedule, EraTips } from '../era/schedule.ts';
import { HostError } from '../errors.ts';
import { extendOffences } from '../evidence/offences.ts';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import { decodeBlockRecord } from '../record/block-record.ts';
import { decodeCheckpoint } from '../record/checkpoint.ts';
import { groundOf, TreeNode } from './block-tree.ts';

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
  eras: EraSchedule,
  genesis: TreeNode,
  id: BlockId,
): AsyncGenerator<TreeNode, void, undefined> {
  const { base, ids } = await findRoute(chain, eras, genesis, id);
  yield base;
  let node = base;
  for (const next of ids) {
    node = await applyStored(node, await requireStored(chain, next), eras, chain);
    yield node;
  }
}

/** Reads what the host wrote beside a block. @throws HostError with `STORE_CORRUPT`. */
export function requireRecord(stored: StoredBlock): ReturnType<typeof decodeBlockRecord> {
  const record = tryDecode(() => decodeBlockRecord(stored.record));
  if (record === undefined) throw corrupt(`record of block ${stored.block.header.id}`);
  return record;
}

/** A block of an era that this node does not have would be read by the wrong rules, and nobody would notice. */
function requireRecordOf(stored: StoredBlock, eras: EraSchedule): ReturnType<typeof decodeBlockRecord> {
  const record = requireRecord(stored);
  const { id, height, protocol } = stored.block.header;
  const { index, production, gadget } = eras.at(height);
  const isOfEra = record.era === index && protocol === production.protocol;
  if (isOfEra && record.gadgetWeight > 0n === (gadget !== null)) return record;
  throw corrupt(`block ${id} is of era ${record.era} under ${protocol}, which this node has not at height ${height}`);
}

async function findRoute(chain: ChainPort, eras: EraSchedule, genesis: TreeNode, id: BlockId): Promise<Route> {
  const ids: BlockId[] = [];
  let next = id;
  while (next !== genesis.tip.header.id) {
    const stored = await requireStored(chain, next);
    if (stored.checkpoint !== undefined) {
      return { base: await restoreCheckpoint(chain, eras, stored, stored.checkpoint), ids: ids.reverse() };
    }
    ids.push(next);
    next = stored.block.header.parentId;
  }
  return { base: genesis, ids: ids.reverse() };
}

async function restoreCheckpoint(
  chain: ChainPort,
  eras: EraSchedule,
  stored: StoredBlock,
  chunks: Iterable<Bytes>,
): Promise<TreeNode> {
  const { header } = stored.block;
  const record = requireRecordOf(stored, eras);
  const tips = tryDecode(() => decodeCheckpoint(chunks, header, record, eras));
  if (tips === undefined) throw corrupt(`checkpoint of block ${header.id}`);

  const recent: { readonly height: Height; readonly evidence: readonly Evidence[] }[] = [];
  for (let { block } = stored; ; { block } = await requireStored(chain, block.header.parentId)) {
    const { height } = block.header;
    if (block.evidence.length > 0) recent.push({ height, evidence: block.evidence });
    // A chain may have let go of what lies deeper.
    if (height <= 1 || height + EVIDENCE_WINDOW_BLOCKS <= header.height) break;
  }
  let offences: TreeNode['offences'] = null;
  for (const { height, evidence } of recent.reverse()) {
    offences = extendOffences(offences, height, eras.at(height).index, evidence);
  }
  return new TreeNode(tips, { opening: tips.opening, announced: record.announced, offences });
}

async function applyStored(
  parent: TreeNode,
  stored: StoredBlock,
  eras: EraSchedule,
  chain: ChainPort,
): Promise<TreeNode> {
  const { header, evidence } = stored.block;
  const { facts, announced } = requireRecordOf(stored, eras);
  const tips = applyBlock(eras.at(header.height), groundOf(parent), header, facts);
  const opening = eras.isBorder(header.height) ? await reopen(chain, eras, parent, stored, tips) : null;
  const offences = extendOffences(parent.offences, header.height, tips.era, evidence);
  return new TreeNode(tips, { opening, announced, offences });
}

/** The start of an era is in the checkpoint of its border; without one the ledger must name the census again. */
async function reopen(
  chain: ChainPort,
  eras: EraSchedule,
  parent: TreeNode,
  { block }: StoredBlock,
  tips: EraTips,
): Promise<EraTips> {
  const { header } = block;
  const [era, next] = [eras.at(header.height), eras.at(header.height + 1)];
  const directives = directivesFor(era, groundOf(parent), header, block.evidence);
  const execution = await chain.execute(block, { directives, census: censusKinds(next, chain.provides) });
  if (execution.kind !== 'executed') throw corrupt(`the census after block ${header.id} is gone`);
  const census: Iterable<Fact> = execution.census ?? [];
  return openEra(next, { parent: header, handover: handoverAfter(era, tips), census });
}

async function requireStored(chain: ChainPort, id: BlockId): Promise<StoredBlock> {
  const stored = await chain.read({ kind: 'id', id });
  if (stored === null) throw corrupt(`block ${id} is missing`);
  return stored;
}

function corrupt(reason: string): HostError {
  return new HostError({ code: 'STORE_CORRUPT', reason });
}
