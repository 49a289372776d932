import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeVote } from '../src/index.ts';
import { justifiedRef } from '../src/state.ts';
import { randomOf } from './campaign.ts';
import { type BlockBody, type TestNode, World } from './support.ts';

const HONEST = ['0', '1', '2'] as const;

/** Blocks that the fourth member may build on. */
const NEWEST = 8;

/** Checkpoints above the highest one voted for on any branch, within which finality moves again (simulation G4). */
const CHECKPOINTS_MAX = 4;

/**
 * Three of four members, and none of them may be missing for a quorum: blocks and votes get lost. The fourth never
 * votes, and builds on any of the newest blocks.
 */
function liveThroughLosses(seed: number, steps: number, config: { every: number; delay: number }): World {
  const random = randomOf(seed);
  const world = new World({ config });
  world.deliver = (_from, to, message) => {
    if (random(4) > 0) to.receive(message);
  };
  const nodes = HONEST.map((name) => world.start(name));
  for (let step = 0; step < steps; step++) {
    const builder = nodes[random(nodes.length)] as TestNode;
    const known = [...builder.tips.keys()];
    const isCheat = random(4) === 0;
    const parent = isCheat ? known.slice(-NEWEST)[random(Math.min(known.length, NEWEST))] : builder.head.header.id;
    const receivers = nodes.filter((node) => (node === builder && !isCheat) || random(3) > 0);
    const content = random(3) > 0 ? {} : builder.body(parent ?? 'g');
    extend(world, `n${step}`, parent ?? 'g', content, receivers);
  }
  return world;
}

function extend(world: World, name: string, parent: string, body: BlockBody, receivers: readonly TestNode[]): void {
  const block = world.block(name, parent, { ...body, evidence: [] });
  for (const node of receivers) node.receiveBranch(block);
}

/** Everybody gets every block, and what is sent from now on. */
function heal(world: World): readonly TestNode[] {
  world.deliver = (_from, to, message) => to.receive(message);
  const nodes = HONEST.map((name) => world.node(name));
  for (const block of world.blocks.values()) for (const node of nodes) node.receiveBranch(block);
  return nodes;
}

/** Where a vote and a checkpoint never fall on one height, what a block carries may count later than it is seen. */
const lives = fc.record({
  seed: fc.nat(),
  steps: fc.integer({ min: 25, max: 40 }),
  config: fc
    .record({ every: fc.integer({ min: 2, max: 4 }), spare: fc.nat() })
    .map(({ every, spare }) => ({ every, delay: 1 + (spare % (every - 1)) + every * (spare % 2) })),
});

describe('finality after a time with losses, where every honest member is needed', () => {
  it('finality-checkpoint V6: the best of all branches justifies every source that was ever signed', () => {
    let votes = 0;
    const law = fc.property(lives, ({ seed, steps, config }) => {
      const nodes = heal(liveThroughLosses(seed, steps, config));
      for (const { sent, head } of nodes) {
        for (const { source } of sent.flatMap(({ payload }) => decodeVote(payload) ?? [])) {
          votes++;
          expect(source.number).toBeLessThanOrEqual(justifiedRef(head.state).number);
        }
      }
    });
    fc.assert(law, { seed: 5, numRuns: 150 });
    expect(votes).toBeGreaterThan(1_000);
  });

  it('finality-checkpoint V6: finality moves on within four checkpoints above the highest target (simulation G4)', () => {
    const law = fc.property(lives, ({ seed, steps, config }) => {
      const world = liveThroughLosses(seed, steps, config);
      const nodes = heal(world);
      const heights = nodes.map(({ head }) => head.header.height);
      const [height] = heights as [number];
      // Hosts tell each other what is final; here a member may be ahead of the others, with a branch of its own.
      fc.pre(new Set(nodes.map(({ head }) => head.header.id)).size === 1);
      const voted = nodes.map(({ guard }) => guard.record?.guard.sequence[1] ?? 0);
      const highest = Math.max(...voted, Math.floor(height / config.every));
      const needed = (highest + CHECKPOINTS_MAX) * config.every + config.delay;
      for (let next = height; next < needed; next++) {
        const builder = nodes[next % nodes.length] as TestNode;
        const parent = builder.head.header.id;
        extend(world, `h${next}`, parent, builder.body(parent), nodes);
      }
      for (const { head } of nodes) expect(head.state.final.number).toBeGreaterThanOrEqual(highest);
    });
    fc.assert(law, { seed: 2, numRuns: 100 });
  });
});
