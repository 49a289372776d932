/** Wiring with tsyringe: the default node with one port replaced, twice in one process. */
import { dpos } from '@fiducia/consensus-dpos';
import { keyPairFromSeed } from '@fiducia/crypto';
import { type DependencyContainer, Lifecycle, pluginModule, TOKENS } from '@fiducia/di';
import { createNode, defaultModule } from '@fiducia/node';
import { START_MS, TurnedClock } from './clock.js';

const SLOT_MS = 2_000;
const alice = keyPairFromSeed('alice');
const genesis = {
  chainName: 'wired',
  timestamp: 0,
  minimumFee: 1n,
  accounts: [],
  admission: 'open',
  supervisors: { keys: [], threshold: 0 },
  depositMin: 0n,
  unbondingBlocks: 100,
  candidates: [{ id: alice.address, owner: alice.address, deposit: 100n, category: 'WIND', signatures: [] }],
  ballots: [],
} as const;

/** Runs a node of its own for some slots. */
async function run(slots: number): Promise<{ readonly height: number; readonly isReplaced: boolean }> {
  const containers: DependencyContainer[] = [];
  const node = await createNode({
    modules: [
      defaultModule({ genesis, keyPair: alice, participates: () => false }),
      pluginModule(dpos()),
      (container) => {
        container.register(START_MS, { useValue: 0 });
        container.register(TOKENS.clock, { useClass: TurnedClock }, { lifecycle: Lifecycle.ContainerScoped });
        containers.push(container);
      },
    ],
    eras: [{ fromHeight: 1, production: { name: 'dpos', config: { delegates: 1, slotMs: SLOT_MS } } }],
  });
  const clock = containers[0]?.resolve(TOKENS.clock);
  if (!(clock instanceof TurnedClock)) throw new Error('the container has another clock');
  await node.start();
  await clock.turn(slots * SLOT_MS, SLOT_MS / 4);
  await node.stop();
  const { height, timestamp } = node.host.head().header;
  // A default clock would have stamped the blocks with today's date.
  return { height, isReplaced: timestamp <= slots * SLOT_MS };
}

const [short, long] = [await run(4), await run(8)];
console.log(JSON.stringify({ replaced: short.isReplaced && long.isReplaced, apart: long.height - short.height }));
