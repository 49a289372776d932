/**
 * Consensus states of one block as a checkpoint stores them (contract H-26).
 *
 * @module
 */
import { type Bytes, ConsensusError, type ConsensusHeader, type Tip } from '@fiducia/consensus';
import { type ActivePlugin, type EraSchedule, type EraTips, tipFor } from '../era/schedule.ts';
import type { TreeNode } from '../tree/block-tree.ts';
import type { BlockRecord } from './block-record.ts';

/** Parts a checkpoint; states have no empty chunks. */
const SEPARATOR: Bytes = new Uint8Array();

/**
 * Chunks of all states of a block, production first: of its own era and, at a border, of the era that starts
 * after it, whose census could not be asked for again. They are made while they are consumed.
 */
export function* encodeCheckpoint(node: TreeNode, eras: EraSchedule): Iterable<Bytes> {
  let isFirst = true;
  for (const [active, tips] of statesOf(node, eras)) {
    if (!isFirst) yield SEPARATOR;
    isFirst = false;
    yield* active.rules.codec.encode(tipFor(tips, active).state);
  }
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 * @throws ConsensusError with `INVALID_ENCODING`.
 */
export function decodeCheckpoint(
  chunks: Iterable<Bytes>,
  header: ConsensusHeader,
  record: BlockRecord,
  eras: EraSchedule,
): EraTips & Pick<TreeNode, 'opening'> {
  const sections: Bytes[][] = [[]];
  for (const chunk of chunks) {
    if (chunk.length === 0) sections.push([]);
    else sections.at(-1)?.push(chunk);
  }
  const read = (active: ActivePlugin, totalWeight: bigint): Tip<unknown> => {
    const state = active.rules.codec.decode(sections.shift() ?? []);
    return { header, state, totalWeight };
  };
  const { index, production, gadget } = eras.at(header.height);
  const tip = read(production, record.totalWeight);
  const tips = { era: index, tip, gadget: gadget && read(gadget, record.gadgetWeight) };
  const next = eras.isBorder(header.height) ? eras.at(header.height + 1) : null;
  const opening = next && {
    era: next.index,
    tip: read(next.production, 0n),
    gadget: next.gadget && read(next.gadget, 0n),
  };
  // States of an era that this node has not.
  if (sections.length > 0) throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'checkpoint', offset: 0 });
  return { ...tips, opening };
}

function* statesOf(node: TreeNode, eras: EraSchedule): Iterable<readonly [ActivePlugin, EraTips]> {
  for (const tips of node.opening === null ? [node] : [node, node.opening]) {
    const era = eras.get(tips.era);
    for (const active of era === undefined ? [] : era.plugins) yield [active, tips];
  }
}
