import type { Era } from '@fiducia/consensus';
import { type Crypto, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { type Module, pluginModule, portModule } from '@fiducia/di';
import type { createLoopbackNetwork } from '@fiducia/host';
import {
  createNode,
  type DefaultModuleOptions,
  defaultModule,
  type FiduciaNode,
  type RoundVoteOutcome,
} from '../../src/index.ts';
import { createStoppedClock, type StoppedClock } from './clock.ts';
import { createSwitchedNet, type SwitchedNet } from './network.ts';
import { turns } from './turns.ts';

const SLOT_MS = 1_000;
export const GENESIS_TIME = 1_000_000;

/** Key of the leader of the slots 0, 2, 4 … after genesis. */
export const even = keyPairFromSeed('even');
/** Key of the leader of the slots 1, 3, 5 … after genesis. */
export const odd = keyPairFromSeed('odd');

export const genesis: DefaultModuleOptions['genesis'] = {
  chainName: 'two in turn',
  timestamp: GENESIS_TIME,
  minimumFee: 1n,
  accounts: [{ actor: even.address, balance: 1_000n }],
  supervisors: { keys: [], threshold: 0 },
  admission: 'open',
  depositMin: 0n,
  unbondingBlocks: 10,
  candidates: [even, odd].map(({ address }) => ({
    id: address,
    owner: address,
    deposit: 100n,
    category: 'WIND',
    signatures: [],
  })),
  ballots: [],
};

export const eras: readonly Era[] = [
  {
    fromHeight: 1,
    production: { name: 'turns', config: { slotMs: SLOT_MS, authorities: [even.address, odd.address] } },
  },
];

/** Time of a slot counted from genesis. */
export const slotTime = (slot: number): number => GENESIS_TIME + slot * SLOT_MS;

/** A node of a test with the handles that move it. */
export interface TestNode extends FiduciaNode {
  readonly net: SwitchedNet;
  readonly votes: readonly RoundVoteOutcome[];
}

/** Puts a node with a stopped clock on a loop-back network. */
export async function createTestNode(options: {
  readonly keyPair: KeyPair;
  readonly network: ReturnType<typeof createLoopbackNetwork>;
  readonly clock?: StoppedClock;
  readonly crypto?: Crypto;
  readonly modules?: readonly Module[];
  /** Instead of one era in which both take turns. */
  readonly eras?: readonly Era[];
}): Promise<TestNode> {
  const { keyPair, network, clock = createStoppedClock(GENESIS_TIME), crypto, modules = [] } = options;
  const net = createSwitchedNet(network.join(keyPair.address));
  const votes: RoundVoteOutcome[] = [];
  const node = await createNode({
    modules: [
      defaultModule({ genesis, keyPair, onVote: (outcome) => votes.push(outcome), ...(crypto && { crypto }) }),
      pluginModule(turns()),
      portModule({ clock, net }),
      ...modules,
    ],
    eras: options.eras ?? eras,
  });
  return { ...node, net, votes };
}
