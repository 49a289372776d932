import { dtDpos } from '@fiducia/consensus-dt-dpos';
import type { KeyPair } from '@fiducia/crypto';
import { pluginModule, portModule, provide, TOKENS } from '@fiducia/di';
import { createNode, defaultModule, type FiduciaNode, NODE_TOKENS } from '@fiducia/node';
import type { Simulation } from '@fiducia/simulator';
import { GENESIS } from './genesis.ts';

/** A node on the clock, the network and the log of a simulation, that tells of every commit. */
export function createSimulatedNode(
  simulation: Simulation,
  keyPair: KeyPair,
  onCommit: (height: number) => void,
): Promise<FiduciaNode> {
  const { clock, net, log } = simulation.addNode(keyPair.address);
  return createNode({
    modules: [
      defaultModule({ genesis: GENESIS, keyPair }),
      pluginModule(dtDpos()),
      // Values: the last registration wins.
      portModule({ clock, net, log }),
      // A factory, because it wraps what another token stands for.
      (container) =>
        provide(container, TOKENS.chain, (node) => {
          const ledger = node.resolve(NODE_TOKENS.ledger);
          return {
            provides: ledger.provides,
            read: (locator) => ledger.read(locator),
            decode: (bytes, part) => ledger.decode(bytes, part),
            build: (request) => ledger.build(request),
            seal: (block, seal) => ledger.seal(block, seal),
            execute: (block, request) => ledger.execute(block, request),
            async commit(update) {
              await ledger.commit(update);
              for (const { block } of update.store) onCommit(block.header.height);
            },
          };
        }),
    ],
    eras: [{ fromHeight: 1, production: { name: 'dt-dpos', config: { preset: 'minimal' } } }],
  });
}
