/**
 * I1: the final chains of any two honest nodes, at any two times, are prefixes of one another.
 *
 * @see docs/spec/simulation.md, section 7, I1.
 * @module
 */
import type { BlockId, ConsensusHeader, Height } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, nameOf, readableNodes } from './checker.ts';

/** Joins all final blocks that anybody ever reported into one chain, which never forgets. */
export const checkAgreement: CreateChecker = ({ world, chronicle, broken }) => {
  const chain = new Map<Height, { readonly id: BlockId; readonly node: string }>();

  const enter = (node: WorldNode, header: ConsensusHeader): void => {
    if (header.height === 0 || chain.get(header.height)?.id === header.id) return;
    let block: ConsensusHeader | undefined = header;
    while (block !== undefined && block.height > 0) {
      const { id, height, parentId }: ConsensusHeader = block;
      const known = chain.get(height);
      if (known !== undefined && known.id !== id && world.isWithinTolerance) {
        broken(node.name, `${nameOf(block)} is final, and ${known.id} was at ${known.node}`);
      }
      // What lies below was entered together with it.
      if (known !== undefined) return;
      chain.set(height, { id, node: node.name });
      block = chronicle.blocks.get(parentId)?.header;
    }
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      const { host } = node;
      host.events.on('finalized', ({ header }) => enter(node, header));
      host.events.on('headChanged', () => enter(node, host.finalized()));
    },
    async finish() {
      for (const node of readableNodes(world)) enter(node, node.host.finalized());
    },
  };
};
