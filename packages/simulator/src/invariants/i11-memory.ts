/**
 * I11: every queue, pool, vote map and buffer is within its cap, per peer and in total.
 *
 * Hosts, ledgers and engines list their buffers themselves. So that none of them escapes by silence or by a cap that
 * moves along, a buffer that was listed once must go on being listed, and its cap may not grow.
 *
 * @see docs/spec/simulation.md, section 7, I11.
 * @module
 */
import type { BufferUsage } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, isReadable, readableNodes } from './checker.ts';

/** Events between two looks, each at one node: a flood lasts longer, and listing buffers costs some microseconds. */
const EVENTS_BETWEEN_LOOKS = 32;

/** A cap that follows another number, such as that of seats, is reached once or twice by chance. */
const MOVES_MAX = 4;

/**
 * Engines come and go with their eras, and books of votes with their heights, so only what a node always has counts. A cap
 * of the others may change, but not each time to just what is there.
 */
const LASTING = /^(?!production\/|finality\/|oldMessages|messages)/;

/** What one life of a node has listed so far. */
interface Listed {
  readonly host: WorldNode['host'];
  readonly ofHost: Map<string, ListedBuffer>;
  readonly ofLedger: Map<string, ListedBuffer>;
}

/** A buffer of one life. */
interface ListedBuffer {
  /** With its owner, for people. */
  readonly name: string;
  /** Whether it has to be listed as long as its node lives. */
  readonly isLasting: boolean;
  cap: number;
  /** How often in a row its cap has grown to just what was there. */
  moves: number;
  /** Number of the look that saw it last. */
  seenAt: number;
}

/** Looks at one node after the other, and at the end at all of them. */
export const checkMemory: CreateChecker = ({ world, broken }) => {
  const listed = new Map<string, Listed>();
  let events = 0;
  let next = 0;
  let looks = 0;

  const compare = (
    node: string,
    owner: 'host' | 'ledger',
    known: Map<string, ListedBuffer>,
    usage: readonly BufferUsage[],
  ): void => {
    for (const { name: ownName, count, max } of usage) {
      const buffer = known.get(ownName) ?? list(owner, ownName, max);
      const { name, cap, isLasting } = buffer;
      if (count > max) broken(node, `${name} has ${count} entries, at most ${max} are allowed`);
      if (max > cap && isLasting) broken(node, `the cap of ${name} has grown from ${cap} to ${max}`);
      if (max > cap) buffer.moves = count === max ? buffer.moves + 1 : 0;
      if (max > cap && buffer.moves >= MOVES_MAX)
        broken(node, `the cap of ${name} moves along with its entries to ${max}`);
      buffer.cap = max;
      buffer.seenAt = looks;
      known.set(ownName, buffer);
    }
    for (const { name, isLasting, seenAt } of known.values()) {
      if (isLasting && seenAt !== looks) broken(node, `${name} is not listed any more`);
    }
  };

  const look = ({ name, host, ledger }: WorldNode): void => {
    const earlier = listed.get(name);
    const known = earlier?.host === host ? earlier : { host, ofHost: new Map(), ofLedger: new Map() };
    listed.set(name, known);
    looks += 1;
    compare(name, 'host', known.ofHost, host.usage());
    compare(name, 'ledger', known.ofLedger, ledger.usage());
  };

  return {
    afterEvent() {
      events += 1;
      if (events % EVENTS_BETWEEN_LOOKS !== 0) return;
      const node = world.nodes[next % world.nodes.length];
      next += 1;
      if (node?.isHonest === true && isReadable(node)) look(node);
    },
    async finish() {
      for (const node of readableNodes(world)) look(node);
    },
  };
};

function list(owner: 'host' | 'ledger', name: string, cap: number): ListedBuffer {
  return { name: `${owner} ${name}`, isLasting: LASTING.test(name), cap, moves: 0, seenAt: 0 };
}
