/**
 * I13: trust values, and all else that consensus knows, are a pure function of the chain, recomputed from genesis.
 *
 * @see docs/spec/simulation.md, section 7, I13.
 * @module
 */
import { compareBytes } from '@fiducia/consensus';
import { type CreateChecker, nameOf, readableNodes } from './checker.ts';
import { consensusRootOf, gadgetRootOf } from './fresh-tree.ts';

/** Compares the state of every node at its head with that of a fresh node that saw this chain and nothing else. */
export const checkPurity: CreateChecker = ({ world, retaken, broken }) => ({
  async finish() {
    const chains = await retaken();
    for (const { name, host } of readableNodes(world)) {
      const { header } = host.head();
      const fresh = chains.map(({ tree }) => tree.get(header.id)).find((node) => node !== undefined);
      if (fresh === undefined) continue;
      const { sha256 } = world.crypto;
      const isPure = compareBytes(consensusRootOf(fresh, sha256), host.consensusRoot()) === 0;
      if (!isPure) broken(name, `the state at ${nameOf(header)} does not follow from the chain alone`);
      const [own, other] = [host.gadgetRoot(), gadgetRootOf(fresh, sha256)];
      if (own === null || other === null ? own === other : compareBytes(own, other) === 0) continue;
      broken(name, `what the gadget knows at ${nameOf(header)} does not follow from the chain alone`);
    }
  },
});
