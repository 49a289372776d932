/**
 * I12: equal state digest at equal block on all nodes, whatever the order in which they learnt of blocks.
 *
 * Equal trace hashes of two runs belong to the runner, which alone can run a seed twice.
 *
 * @see docs/spec/simulation.md, section 7, I12.
 * @module
 */
import { type BlockId, type Bytes, type ConsensusHeader, compareBytes } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, nameOf, readableNodes } from './checker.ts';
import type { Chronicle } from './chronicle.ts';
import { consensusRootOf, FreshTree } from './fresh-tree.ts';

/** Encoding a register costs more than applying a block to it; what went wrong once stays wrong for longer than this. */
const HEIGHTS_BETWEEN_STATES = 4;

/** Compares what nodes have after each block, and states that were computed in two orders. */
export const checkDeterminism: CreateChecker = ({ world, chronicle, derived, broken }) => {
  const digests = new Map<string, { readonly digest: string; readonly node: string }>();
  const note = (node: string, what: string, header: ConsensusHeader, digest: string): void => {
    const key = `${what}/${header.id}`;
    const first = digests.get(key);
    if (first === undefined) digests.set(key, { digest, node });
    else if (first.digest !== digest) {
      broken(node, `${what} after ${nameOf(header)} is ${digest}, at ${first.node} ${first.digest}`);
    }
  };
  const noteState = (node: WorldNode, what: string, header: ConsensusHeader, root: Bytes): void => {
    // What a state hides from every effect still shows when the same seed runs twice (simulation E4).
    world.simulation.note(node.name, what, root);
    note(node.name, what, header, hex(root));
  };
  const noteStates = (node: WorldNode, header: ConsensusHeader, hasConsensus: boolean): void => {
    const root = node.ledger.stateAt(header.id)?.root;
    if (root !== undefined) noteState(node, 'ledger state', header, root);
    if (hasConsensus) noteState(node, 'consensus state', header, node.host.consensusRoot(header.id));
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      node.host.events.on('blockImported', ({ header, facts }) => {
        noteStates(node, header, header.height % HEIGHTS_BETWEEN_STATES === 0);
        note(node.name, 'number of facts', header, String(facts.length));
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
        const [a, b] = [node, other].map((tips) => consensusRootOf(tips, world.crypto.sha256));
        if (a === undefined || b === undefined) continue;
        if (compareBytes(a, b) !== 0) {
          broken(null, `the state after ${nameOf(header)} depends on the order in which blocks are applied`);
          return;
        }
        const told = digests.get(`consensus state/${header.id}`);
        if (told !== undefined && told.digest !== hex(a)) {
          broken(told.node, `consensus state after ${nameOf(header)} is ${told.digest}, by fresh rules ${hex(a)}`);
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
