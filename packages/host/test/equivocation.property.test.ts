import type { Artefact, Evidence } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

const AUTHORS = Array.from({ length: 12 }, (_, index) => `author-${index}`);

const rules = {
  conflictKey: (artefact: Artefact) =>
    artefact.kind === 'header' ? `${artefact.header.author}/${artefact.header.timestamp}` : undefined,
  validators: () => AUTHORS.map((id) => ({ id, weight: 1n })),
};

/** One block by each author, each on an earlier block; some authors sign a second one for the same time. */
const plans = fc
  .array(fc.record({ parent: fc.nat(), twinParent: fc.nat(), twin: fc.boolean() }), {
    minLength: 1,
    maxLength: AUTHORS.length,
  })
  .chain((plan) =>
    fc.record({
      plan: fc.constant(plan),
      order: fc.array(fc.nat(), { minLength: plan.length * 2, maxLength: plan.length * 2 }),
    }),
  );

interface Planted {
  readonly blocks: readonly Block[];
  readonly offenders: readonly string[];
}

function plant(genesis: Block, plan: readonly { parent: number; twinParent: number; twin: boolean }[]): Planted {
  const honest: Block[] = [genesis];
  const twins: Block[] = [];
  const offenders: string[] = [];
  plan.forEach(({ parent, twinParent, twin }, index) => {
    const author = AUTHORS[index] ?? '';
    const timestamp = 1_000 + index;
    const foot = honest[parent % honest.length] ?? genesis;
    const otherFoot = honest[twinParent % honest.length] ?? genesis;
    honest.push(childOf(foot, { author, timestamp, digest: weigh(1, 1) }));
    if (!twin) return;
    twins.push(childOf(otherFoot, { author, timestamp, digest: weigh(1, 2) }));
    offenders.push(author);
  });
  return { blocks: [...honest.slice(1), ...twins], offenders };
}

test('contract H-29: in every order of arrival exactly the planted equivocations are found', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async ({ plan, order }) => {
      const chain = createFakeChain();
      const { blocks, offenders } = plant(chain.genesis, plan);
      const arrivals = blocks
        .map((block, index) => ({ block, at: order[index] ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ block }) => block);
      const node = createNode({ chain, plugin: scripted({ rules }) });
      const accused: Evidence[] = [];
      node.host.events.on('evidenceFound', ({ evidence }) => accused.push(evidence));
      await node.host.start();
      for (const block of arrivals) await node.host.importBlock(block.bytes);
      await settle();
      expect(accused.map((evidence) => evidence.offender).sort()).toEqual([...offenders].sort());
      expect(node.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
