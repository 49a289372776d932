/**
 * I12: equal state digest at equal block on all nodes, whatever the order in which they learnt of blocks.
 *
 * Equal trace hashes of two runs belong to the runner, which alone can run a seed twice.
 *
 * @see docs/spec/simulation.md, section 7, I12.
 * @module
 */
import { type BlockId, type Bytes, type ConsensusHeader, compareBytes, type HashFunction } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, nameOf, readableNodes } from './checker.ts';
import type { Chronicle } from './chronicle.ts';
import { consensusRootOf, type FreshTips, FreshTree, gadgetRootOf } from './fresh-tree.ts';

/** Encoding a register costs more than applying a block to it; what went wrong once stays wrong for longer than this. */
const HEIGHTS_BETWEEN_STATES = 4;

/** What the protocols of an era know, by the name that reports give it. */
const ROOTS: readonly (readonly [string, (tips: FreshTips, sha256: HashFunction) => Bytes | null])[] = [
  ['consensus state', consensusRootOf],
  ['gadget state', gadgetRootOf],
];

/** Compares what nodes have after each block, and states that were computed in two orders. */
export const checkDeterminism: CreateChecker = ({ world, chronicle, derived, broken }) => {
  const counts = new Map<BlockId, { readonly count: number; readonly node: string }>();
  const roots = new Map<string, { readonly root: Bytes; readonly node: string }>();
  const noteFacts = (node: string, header: ConsensusHeader, count: number): void => {
    const first = counts.get(header.id);
    if (first === undefined) counts.set(header.id, { count, node });
    else if (first.count !== count) {
      broken(node, `number of facts after ${nameOf(header)} is ${count}, at ${first.node} ${first.count}`);
    }
  };
  const noteState = ({ name }: WorldNode, what: string, header: ConsensusHeader, root: Bytes): void => {
    // What a state hides from every effect still shows when the same seed runs twice (simulation E4).
    world.simulation.note(name, what, root);
    const key = `${what}/${header.id}`;
    const first = roots.get(key);
    if (first === undefined) roots.set(key, { root, node: name });
    else if (compareBytes(first.root, root) !== 0) {
      broken(name, `${what} after ${nameOf(header)} is ${hex(root)}, at ${first.node} ${hex(first.root)}`);
    }
  };
  const noteStates = (node: WorldNode, header: ConsensusHeader, hasConsensus: boolean): void => {
    const root = node.ledger.stateAt(header.id)?.root;
    if (root !== undefined) noteState(node, 'ledger state', header, root);
    if (!hasConsensus) return;
    noteState(node, 'consensus state', header, node.host.consensusRoot(header.id));
    const ofGadget = node.host.gadgetRoot(header.id);
    if (ofGadget !== null) noteState(node, 'gadget state', header, ofGadget);
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      node.host.events.on('blockImported', ({ header, facts }) => {
        noteStates(node, header, header.height % HEIGHTS_BETWEEN_STATES === 0);
        noteFacts(node.name, header, facts.length);
      });
    },
    async finish() {
      for (const node of readableNodes(world)) noteStates(node, node.host.head().header, true);
      const inOrder = await derived();
      const otherwise = await deriveOtherwise(await FreshTree.create(world), chronicle, inOrder);
      for (const node of inOrder.nodes()) {
        const { header } = node.tip;
        const other = otherwise.get(header.id);
        if (other === undefined) continue;
        for (const [what, rootOf] of ROOTS) {
          const [a, b] = [node, other].map((tips) => rootOf(tips, world.crypto.sha256));
          if (a == null || b == null) continue;
          if (compareBytes(a, b) !== 0) {
            broken(null, `the ${what} after ${nameOf(header)} depends on the order in which blocks are applied`);
            return;
          }
          const told = roots.get(`${what}/${header.id}`);
          if (told !== undefined && compareBytes(told.root, a) !== 0) {
            broken(told.node, `${what} after ${nameOf(header)} is ${hex(told.root)}, by fresh rules ${hex(a)}`);
          }
        }
      }
    },
  };
};

/** Branch by branch, the youngest first. */
async function deriveOtherwise(tree: FreshTree, { blocks }: Chronicle, inOrder: FreshTree): Promise<FreshTree> {
  const children = new Map<BlockId, BlockId[]>();
  for (const { header } of blocks.values()) {
    children.set(header.parentId, [...(children.get(header.parentId) ?? []), header.id]);
  }
  const pending = [tree.genesis.tip.header.id];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const block = blocks.get(id);
    if (block !== undefined) tree.add(block.header, inOrder.get(id)?.answer ?? { facts: block.facts });
    pending.push(...(children.get(id) ?? []));
  }
  return tree;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
