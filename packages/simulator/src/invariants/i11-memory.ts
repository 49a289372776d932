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

/** Engines come and go with their eras, and books of votes with their heights, so only what a node always has counts. */
const LASTING = /^(?!production\/|finality\/|oldMessages|messages)/;

/** What one life of a node has listed so far. */
interface Listed {
  readonly host: WorldNode['host'];
  readonly caps: Map<string, number>;
}

/** Looks at one node after the other, and at the end at all of them. */
export const checkMemory: CreateChecker = ({ world, broken }) => {
  const listed = new Map<string, Listed>();
  let events = 0;
  let next = 0;

  const look = (node: WorldNode): void => {
    const known = listed.get(node.name);
    const { caps } = known?.host === node.host ? known : { caps: new Map<string, number>() };
    listed.set(node.name, { host: node.host, caps });
    const buffers = [...prefixed('host', node.host.usage()), ...prefixed('ledger', node.ledger.usage())];
    for (const { name, count, max } of buffers) {
      if (count > max) broken(node.name, `${name} has ${count} entries, at most ${max} are allowed`);
      const cap = caps.get(name);
      if (cap !== undefined && max > cap && LASTING.test(name.slice(name.indexOf(' ') + 1))) {
        broken(node.name, `the cap of ${name} has grown from ${cap} to ${max}`);
      }
      caps.set(name, max);
    }
    const names = new Set(buffers.map(({ name }) => name));
    for (const name of caps.keys()) {
      if (names.has(name) || !LASTING.test(name.slice(name.indexOf(' ') + 1))) continue;
      broken(node.name, `${name} is not listed any more`);
    }
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

function prefixed(owner: 'host' | 'ledger', buffers: readonly BufferUsage[]): readonly BufferUsage[] {
  return buffers.map((buffer) => ({ ...buffer, name: `${owner} ${buffer.name}` }));
}
