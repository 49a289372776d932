/** What nodes say, and which checker notices when it cannot be: each alone, on nodes that say what the test wants. */
import type { Evidence } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { createInvariants, type Violation } from '../../src/index.ts';
import { createFakeWorld, type FakeNode, type FakeWorld } from '../support/fake-world.ts';

/** Chains `a1`…`a4` and `b1`…`b4` from genesis. */
function branches({ block, genesis }: FakeWorld) {
  const grow = (name: string) => {
    const blocks = [genesis];
    for (let height = 1; height <= 4; height++) blocks.push(block(`${name}${height}`, blocks[height - 1] ?? genesis));
    return (height: number) => blocks[height] ?? genesis;
  };
  return { a: grow('a'), b: grow('b') };
}

function pair(world: FakeWorld): readonly [FakeNode, FakeNode] {
  const [first, second] = world.nodes;
  if (first === undefined || second === undefined) throw new Error('too few nodes');
  return [first, second];
}

describe('simulation I1: agreement of final chains', () => {
  it('simulation I1: a final block of one branch contradicts a later one of another, at whatever time', async () => {
    const world = await createFakeWorld('I1');
    const { a, b } = branches(world);
    const [first, second] = pair(world);
    for (const height of [1, 2, 3]) first.adopt(a(height));
    first.finalise(a(1));
    first.finalise(a(3));
    for (const height of [1, 2, 3, 4]) second.adopt(b(height));
    expect(world.reasons()).toEqual([]);
    second.finalise(b(4));
    expect(world.reasons()).toEqual(['node-1: b3 at height 3 is final, and a3 was at node-0']);
  });

  it('simulation I1: a node that keeps silent about what it holds final is asked', async () => {
    const world = await createFakeWorld('I1');
    const { a, b } = branches(world);
    const [first, second] = pair(world);
    first.adopt(a(1));
    first.finalise(a(1));
    second.adopt(b(1));
    second.final = b(1);
    expect(await world.finish()).toEqual(['node-1: b1 at height 1 is final, and a1 was at node-0']);
  });

  it('simulation I1: with more faults than tolerated it is for I6 to judge, and prefixes are no conflict', async () => {
    const world = await createFakeWorld('I1', { world: { isWithinTolerance: false } });
    const { a, b } = branches(world);
    const [first, second] = pair(world);
    first.finalise(a(1));
    second.finalise(b(1));
    expect(await world.finish()).toEqual([]);
  });
});

describe('simulation I2: finality of one node', () => {
  it('simulation I2: it never moves down, not even across a restart', async () => {
    const world = await createFakeWorld('I2');
    const { a } = branches(world);
    const [first] = pair(world);
    for (const height of [1, 2, 3]) first.adopt(a(height));
    first.finalise(a(2));
    first.restart();
    world.tick();
    expect(world.reasons()).toEqual([]);
    first.restart({ final: a(1) });
    world.tick();
    expect(world.reasons()).toEqual(['node-0: a2 at height 2 was final, now only a1 at height 1']);
  });

  it('simulation I2: it never moves sideways, and no final block leaves the adopted branch', async () => {
    const world = await createFakeWorld('I2');
    const { a, b } = branches(world);
    const [first] = pair(world);
    for (const height of [1, 2]) first.adopt(a(height));
    first.finalise(a(1));
    for (const height of [1, 2, 3]) first.adopt(b(height), height === 1 ? ['a2', 'a1'] : []);
    expect(world.reasons()).toEqual(['node-0: a1 at height 1 was final and left the adopted branch']);
    first.finalise(b(3));
    expect(world.reasons()[1]).toBe('node-0: a1 at height 1 was final, and b3 at height 3 does not descend from it');
  });

  it('simulation I2: whoever lost its store begins again', async () => {
    const world = await createFakeWorld('I2');
    const { a } = branches(world);
    const [first] = pair(world);
    first.adopt(a(1));
    first.finalise(a(1));
    first.restart({ lost: true, head: world.genesis, final: world.genesis });
    world.tick();
    expect(await world.finish()).toEqual([]);
  });
});

describe('simulation I6: evidence', () => {
  const accusation = (offender: string): Evidence => ({
    kind: 'custom',
    era: 0,
    protocol: 'pbft@1',
    offender,
    height: 1,
    id: 'i',
    data: new Uint8Array(),
  });

  it('simulation I6: nobody honest is ever accused, neither to observers nor on the chain', async () => {
    const world = await createFakeWorld('I6');
    const { a } = branches(world);
    const [first, second] = pair(world);
    second.isHonest = false;
    first.emit('evidenceFound', { evidence: accusation(second.actorId ?? '') });
    expect(world.reasons()).toEqual([]);
    first.emit('evidenceFound', { evidence: accusation(world.nodes[2]?.actorId ?? '') });
    const fact = { kind: 'evidence', evidence: accusation(world.nodes[3]?.actorId ?? '') } as const;
    first.emit('blockImported', { header: a(1), facts: [fact], adopted: true });
    expect(world.reasons()).toEqual([
      'node-0: node-2 is honest and accused of custom at height 1',
      'node-0: node-3 is honest and accused of custom at height 1',
    ]);
  });

  it('simulation I6: two final blocks of one height leave evidence of a third of the weight, or it is incomplete', async () => {
    for (const accused of [0, 1, 2]) {
      const world = await createFakeWorld('I6', { subject: 'pbft' });
      const { a, b } = branches(world);
      const [first, second] = pair(world);
      const faulty = world.nodes.slice(2);
      for (const node of faulty) node.isHonest = false;
      first.finalise(a(1));
      second.finalise(b(1));
      for (const { actorId } of faulty.slice(0, accused)) {
        first.emit('evidenceFound', { evidence: accusation(actorId ?? '') });
      }
      const expected = `null: a1 at height 1 and b1 at height 1 are final, and evidence names ${accused} of 4 by weight`;
      expect(await world.finish()).toEqual(accused < 2 ? [expected] : []);
    }
  });
});

describe('simulation I6: evidence of nobody', () => {
  it('simulation I6: two final blocks whose voters nobody can tell are not excused by that', async () => {
    const world = await createFakeWorld('I6', { subject: 'pbft' });
    const { a, b } = branches(world);
    const [first, second] = pair(world);
    first.finalise(a(2));
    second.finalise(b(2));
    expect(await world.finish()).toEqual([
      'null: a2 at height 2 and b2 at height 2 are final, and evidence names 0 of 0 by weight',
    ]);
  });
});

describe('simulation I7: eligibility', () => {
  it('simulation I7: what builds on a block that is heard of before its parent is judged as well', async () => {
    const world = await createFakeWorld('I7');
    const { a } = branches(world);
    const [first, second] = pair(world);
    // It restarted on a block that it had not acknowledged, and built on it before anybody else heard of either.
    for (const height of [2, 3]) first.adopt(a(height));
    for (const height of [1, 2, 3]) second.adopt(a(height));
    const reasons = await world.finish();
    expect(reasons.map((reason) => reason.replace(/ was taken although.*/, '')).sort()).toEqual([
      'node-0: a2 at height 2',
      'node-0: a3 at height 3',
      'node-1: a1 at height 1',
    ]);
  });
});

describe('simulation I9: durability', () => {
  it('simulation I9: the head that observers heard of is the head after reopen', async () => {
    const world = await createFakeWorld('I9');
    const { a } = branches(world);
    const [first] = pair(world);
    for (const height of [1, 2, 3]) first.adopt(a(height));
    first.restart({ head: a(1) });
    world.tick();
    expect(world.reasons()[0]).toBe(
      'node-0: the head was a3 at height 3, after reopen a1 at height 1, which was known before and lost',
    );
  });

  it('simulation I9: what was final stays final, and on the branch of the head', async () => {
    const world = await createFakeWorld('I9');
    const { a, b } = branches(world);
    const [first] = pair(world);
    for (const height of [1, 2]) first.adopt(a(height));
    first.finalise(a(2));
    first.restart({ final: a(1) });
    world.tick();
    expect(world.reasons()).toContain('node-0: a2 at height 2 was final, after reopen only a1 at height 1');
    for (const height of [1, 2, 3]) first.emit('blockImported', { header: b(height), facts: [], adopted: false });
    first.restart({ head: b(3), final: a(2) });
    world.tick();
    expect(world.reasons()).toContain(
      'node-0: the head b3 at height 3 does not descend from the final block a2 at height 2',
    );
  });

  it('simulation I9: every acknowledged block is stored, and the head has a state', async () => {
    const world = await createFakeWorld('I9');
    const { a } = branches(world);
    const [first] = pair(world);
    for (const height of [1, 2]) first.adopt(a(height));
    first.store.delete('a1');
    first.restart();
    world.tick();
    const reasons = await world.finish();
    expect(reasons).toContain('node-0: a1 at height 1 was acknowledged and is not stored after reopen');
    expect(reasons.some((reason) => /the head a2 at height 2 is not stored/.test(reason))).toBe(true);
  });
});

describe('simulation I10: liveness', () => {
  const goal = { healedAt: 1_000, agreeWithinMs: 10, growWithinMs: 20, finalWithinMs: 30 };

  it('simulation I10: a core that agrees, grows and finalises in time is alive, whatever the rest does', async () => {
    const world = await createFakeWorld('I10');
    const { a } = branches(world);
    const [first, second] = pair(world);
    world.world.liveness = { core: ['node-0', 'node-1'], ...goal };
    world.tick();
    for (const node of [first, second]) node.adopt(a(1));
    world.tick();
    for (const node of [first, second]) node.finalise(a(1));
    world.tick();
    world.tick(100);
    expect(await world.finish()).toEqual([]);
  });

  it('simulation I10: heads that differ, a chain that stands still, and finality that lags are reported', async () => {
    const world = await createFakeWorld('I10');
    const { a, b } = branches(world);
    const [first, second] = pair(world);
    first.adopt(a(1));
    second.adopt(b(1));
    world.world.liveness = { core: ['node-0', 'node-1'], ...goal };
    world.tick(9);
    expect(world.reasons()).toEqual([]);
    world.tick(91);
    expect(await world.finish()).toEqual([
      'null: the heads of the core were not equal within 10 ms after healing',
      'null: the core adopted no new block within 20 ms after healing',
      'null: no new block became final within 30 ms after healing',
    ]);
  });

  it('simulation I10: late is late, and before the time is up nothing is demanded', async () => {
    const world = await createFakeWorld('I10');
    const { a, b } = branches(world);
    const [first, second] = pair(world);
    first.adopt(a(1));
    second.adopt(b(1));
    world.world.liveness = { core: ['node-0', 'node-1'], ...goal, growWithinMs: 1_000, finalWithinMs: null };
    world.tick(15);
    second.adopt(a(1));
    world.tick(0);
    expect(await world.finish()).toEqual([
      'null: the heads of the core were not equal within 10 ms after healing, only after 15 ms',
    ]);
  });
});

describe('simulation I11: bounded memory', () => {
  it('simulation I11: a buffer beyond its cap is reported, by node and name', async () => {
    const world = await createFakeWorld('I11');
    const [first] = pair(world);
    first.usage = [{ name: 'orphanBlocks', count: 3, max: 3 }];
    for (let event = 0; event < 200; event++) world.tick();
    expect(world.reasons()).toEqual([]);
    first.usage = [{ name: 'orphanBlocks', count: 4, max: 3 }];
    for (let event = 0; event < 200; event++) world.tick();
    expect(world.reasons()[0]).toBe('node-0: host orphanBlocks has 4 entries, at most 3 are allowed');
  });

  it('simulation I11: a cap that grows, or a buffer that is kept quiet, is no way out', async () => {
    const world = await createFakeWorld('I11');
    const [first, second] = pair(world);
    for (const node of [first, second]) node.usage = [{ name: 'orphanBlocks', count: 3, max: 3 }];
    await world.finish();
    first.usage = [{ name: 'orphanBlocks', count: 4, max: 9 }];
    second.usage = [];
    expect(await world.finish()).toEqual([
      'node-0: the cap of host orphanBlocks has grown from 3 to 9',
      'node-1: host orphanBlocks is not listed any more',
    ]);
  });

  it('simulation I11: nor is a cap of an engine that is whatever is there', async () => {
    const world = await createFakeWorld('I11');
    const [first, second] = pair(world);
    for (const entries of [1, 2, 3, 4, 5, 6]) {
      first.usage = [{ name: 'production/votes', count: entries, max: entries }];
      // More seats, more room: what is full now and then has a bound all the same.
      second.usage = [{ name: 'production/votes', count: entries % 2 === 0 ? entries : 0, max: entries }];
      await world.finish();
    }
    expect(world.reasons()[0]).toBe('node-0: the cap of host production/votes moves along with its entries to 5');
    expect(world.violations.every(({ node }) => node === 'node-0')).toBe(true);
  });
});

describe('simulation I14: honest answers', () => {
  it('simulation I14: a client never hears of less finality than before, nor of another final block', async () => {
    const world = await createFakeWorld('I14');
    const { a, b } = branches(world);
    const [first] = pair(world);
    for (const height of [1, 2]) first.adopt(a(height));
    first.finalise(a(2));
    world.tick();
    await world.finish();
    expect(world.reasons()).toEqual([]);
    first.finalise(a(1));
    expect(await world.finish()).toContain('node-0: a client that had heard of height 2 as final heard of 1');
    first.store.set('height/2', b(2));
    first.final = b(2);
    expect(await world.finish()).toContain('node-0: a2 was final, now b2 at height 2');
  });

  it('simulation I14: a node that cannot be read any more is a violation of its seed, not the end of a campaign', async () => {
    const { world, nodes } = await createFakeWorld('I14');
    const [first] = nodes;
    if (first === undefined) throw new Error('no node');
    const violations: Violation[] = [];
    const [invariant] = createInvariants({ world, ids: ['I14'], report: (found) => violations.push(found) });
    invariant?.watch?.(first);
    first.ledger.read = () => Promise.reject(new Error('STORE_DAMAGED: table=heights'));
    await invariant?.settle?.();
    expect(violations.map(({ reason }) => reason)).toEqual(['the check itself failed: STORE_DAMAGED: table=heights']);
  });

  it('simulation I14: height, hash and finality of an answer belong together', async () => {
    const world = await createFakeWorld('I14');
    const { a } = branches(world);
    const [first] = pair(world);
    first.final = a(2);
    expect(await world.finish()).toEqual([
      `node-0: the head ${world.genesis.id} at height 0 lies below the final block a2 at height 2`,
      'node-0: no answer for the final height 1',
      'node-0: no answer for the final height 2',
    ]);
  });
});
