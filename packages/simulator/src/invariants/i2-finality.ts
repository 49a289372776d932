/**
 * I2: per node the last final block never moves down or sideways, also across restart.
 *
 * @see docs/spec/simulation.md, section 7, I2.
 * @module
 */
import type { ConsensusHeader } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, isReadable, nameOf, readableNodes } from './checker.ts';

interface Memory {
  readonly storeGeneration: number;
  readonly final: ConsensusHeader;
}

/** Remembers the last final block of every node beyond its lives, as long as its store lasts. */
export const checkFinality: CreateChecker = ({ world, chronicle, broken }) => {
  const memories = new Map<string, Memory>();
  /** Lives whose host has not answered yet. */
  const starting = new Set<WorldNode>();

  const look = (node: WorldNode, final: ConsensusHeader): void => {
    const memory = memories.get(node.name);
    memories.set(node.name, { storeGeneration: node.storeGeneration, final });
    if (memory === undefined || final.id === memory.final.id) return;
    const before = memory.final;
    if (final.height < before.height) {
      broken(node.name, `${nameOf(before)} was final, now only ${nameOf(final)}`);
    } else if ((chronicle.ancestorOf(final, before.height)?.id ?? before.id) !== before.id) {
      broken(node.name, `${nameOf(before)} was final, and ${nameOf(final)} does not descend from it`);
    }
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      // Who lost its store knows nothing any more; what it said before still binds everybody (I1).
      if (memories.get(node.name)?.storeGeneration !== node.storeGeneration) memories.delete(node.name);
      starting.add(node);
      const { host } = node;
      host.events.on('finalized', ({ header }) => look(node, header));
      host.events.on('headChanged', ({ reverted }) => {
        const final = memories.get(node.name)?.final;
        for (const id of reverted) {
          const left = chronicle.blocks.get(id)?.header;
          if (left === undefined || final === undefined || left.height > final.height) continue;
          if (chronicle.ancestorOf(final, left.height)?.id === id) {
            broken(node.name, `${nameOf(left)} was final and left the adopted branch`);
          }
        }
        look(node, host.finalized());
      });
    },
    afterEvent() {
      if (starting.size === 0) return;
      for (const node of starting) {
        if (!isReadable(node)) continue;
        starting.delete(node);
        look(node, node.host.finalized());
      }
    },
    async finish() {
      for (const node of readableNodes(world)) look(node, node.host.finalized());
    },
  };
};
