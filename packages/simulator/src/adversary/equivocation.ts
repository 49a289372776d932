/**
 * Two machines with one key, each of which talks to one half of the network (fault C01, C02).
 *
 * @module
 */
import type { PeerId } from '@fiducia/consensus';
import { ROUND_VOTES_CHANNEL, TRANSACTIONS_CHANNEL } from '@fiducia/ledger';
import type { Disguise } from './disguise.ts';
import { Machine } from './machine.ts';

/** Of the transactions that the second machine hears of, how many it overlooks, so that its blocks differ. */
const OVERLOOKED_PERMILLE = 500;

/** Creates both halves; the second one is the `twin` of the first. */
export function createEquivocate(machine: Machine): Disguise {
  const halves = drawHalves(machine);
  const twin = new Machine(machine.options);
  return half(
    machine,
    (peer) => halves.has(peer),
    false,
    half(twin, (peer) => !halves.has(peer), true),
  );
}

/** At least one other machine in each half, if there are two. */
function drawHalves({ options: { name, nodes, random } }: Machine): ReadonlySet<PeerId> {
  const others = nodes.filter((node) => node !== name);
  const half = new Set<PeerId>();
  const size = random.integer(Math.min(1, others.length), Math.max(1, others.length - 1));
  for (const [index, node] of others.entries()) {
    // Selection sampling: every set of `size` machines is equally likely.
    if (random.integer(1, others.length - index) <= size - half.size) half.add(node);
  }
  return half;
}

function half(machine: Machine, isPeer: (peer: PeerId) => boolean, isTwin: boolean, twin?: Disguise): Disguise {
  const { random } = machine.options;
  return machine.disguise(
    'equivocate',
    {
      isPeer,
      onSend({ to, channel, bytes }) {
        if (to !== null) {
          if (isPeer(to)) machine.send(to, channel, bytes);
          return;
        }
        if (machine.isOwn({ channel, bytes })) machine.count('toldHalf');
        for (const peer of machine.peers) if (isPeer(peer)) machine.send(peer, channel, bytes);
      },
      async onReceive({ from, channel }, pass) {
        if (!isPeer(from)) return 'ignore';
        const isOptional = channel === TRANSACTIONS_CHANNEL || channel === ROUND_VOTES_CHANNEL;
        if (isTwin && isOptional && random.chance(OVERLOOKED_PERMILLE)) return 'ignore';
        return pass();
      },
    },
    twin,
  );
}
