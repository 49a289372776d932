/**
 * A whole ledger that is not Fiducia's: a guest book. A line written into it gets a point for that text, a unit of
 * block reward is a point for whoever earned it. It holds no deposits, so nothing can be slashed.
 */
import { type BlockId, type Bytes, compareBytes, type Directive, type Fact } from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import { type BlockFormat, createMemoryBlocks } from '@fiducia/host';
import { sha256 } from '@noble/hashes/sha2.js';

type Points = ReadonlyMap<string, bigint>;
const write = (lines: readonly string[]): Bytes => new TextEncoder().encode(lines.join('\n'));
const read = (payload: Bytes): string[] => (payload.length === 0 ? [] : new TextDecoder().decode(payload).split('\n'));
const rootOf = (points: Points): Bytes => sha256(write([...points].map(([name, count]) => `${count} ${name}`)));

export function createGuestBook(format: BlockFormat, members: readonly Fact[], written: ReadonlySet<string>) {
  const states = new Map<BlockId, Points>();
  const pointsAfter = (parentId: BlockId, directives: readonly Directive[], lines: readonly string[]): Points => {
    const points = new Map(states.get(parentId));
    const rewards = directives.filter((directive) => directive.kind === 'reward');
    for (const { actor, units } of rewards) points.set(actor, (points.get(actor) ?? 0n) + units);
    for (const line of lines) points.set(line, points.get(line) ?? 1n);
    return points;
  };
  const chain: ChainPort = {
    ...createMemoryBlocks(format.composeGenesis({ root: rootOf(new Map()), payload: write([]) })),
    provides: new Set(['admission', 'exit', 'deposit', 'ballot', 'participation', 'key']),
    decode: format.decode,
    seal: format.seal,
    async build({ directives, ...request }) {
      const parent = await chain.read({ kind: 'id', id: request.parentId });
      const lines = [...written].filter((line) => !states.get(request.parentId)?.has(line));
      const content = { root: rootOf(pointsAfter(request.parentId, directives, lines)), payload: write(lines) };
      return parent && format.compose({ ...request, height: parent.block.header.height + 1 }, content, request);
    },
    async execute(block, { directives, census: kinds = [] }) {
      const { root, payload } = format.contentOf(block);
      const { id, parentId, author, height } = block.header;
      const points = pointsAfter(parentId, directives, read(payload));
      if (compareBytes(rootOf(points), root) !== 0) return { kind: 'invalid', code: 'WRONG_POINTS' };
      states.set(id, points);
      const census = members.filter(({ kind }) => kinds.includes(kind));
      return { kind: 'executed', facts: [{ kind: 'participation', actor: author, round: height }], census };
    },
  };
  return { chain, pointsAt: (id: BlockId) => states.get(id) };
}
