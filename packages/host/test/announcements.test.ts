import type { ConsensusPlugin, Era, EraStart, Fact, Height } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { type AnnouncedEra, extendAnnouncements } from '../src/era/announcement.ts';
import { ERA_PARAMETER } from '../src/index.ts';
import { ERA_NOTICE_BLOCKS } from '../src/limits.ts';
import { branchOf, type ChildOptions, childOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { gadget, scripted, weigh } from './fixtures/scripted.ts';

type Block = ReturnType<typeof childOf>;

const announcing = (fromHeight: Height, name = 'new'): Fact => ({
  kind: 'parameter',
  name: ERA_PARAMETER,
  value: JSON.stringify({ fromHeight, production: { name, config: {} } }),
});
const heightsOf = (list: readonly AnnouncedEra[]) => list.map(({ era }) => era.fromHeight);

describe('contract H-36: which announcements of a branch count', () => {
  const extend = (announced: readonly AnnouncedEra[], facts: readonly Fact[], above: Height = 1) =>
    extendAnnouncements(announced, 7, facts, above, 100);

  test('one that leaves the notice, to the block', () => {
    expect(heightsOf(extend([], [announcing(106)]))).toEqual([]);
    expect(extend([], [announcing(107)])).toMatchObject([{ announcedAt: 7, era: { fromHeight: 107 } }]);
  });

  test('twice the same is once, and of two for one height the first counts', () => {
    const first = extend([], [announcing(200, 'a'), announcing(200, 'a'), announcing(200, 'b')]);
    expect(first).toMatchObject([{ era: { fromHeight: 200, production: { name: 'a' } } }]);
    expect(extend(first, [announcing(200, 'b')])).toBe(first);
  });

  test('none below an earlier one, announced or configured', () => {
    const announced = extend([], [announcing(300)]);
    expect(heightsOf(extend(announced, [announcing(299), announcing(301)]))).toEqual([300, 301]);
    expect(heightsOf(extend([], [announcing(400), announcing(401)], 400))).toEqual([401]);
  });

  test('sixty-four for a branch, and nothing else is taken for one', () => {
    const many = Array.from({ length: 70 }, (_, index) => announcing(200 + index));
    expect(extend([], many)).toHaveLength(64);
    expect(
      extend(
        [],
        [
          { kind: 'parameter', name: 'consensus', value: '{}' },
          { kind: 'exit', actor: 'a' },
        ],
      ),
    ).toEqual([]);
  });
});

const OLD: ChildOptions = { protocol: 'old@1' };
const finality = quorumFinality(false);

function chainOf(factsAt: (height: Height) => readonly Fact[]): FakeChain {
  return createFakeChain({ provides: ['parameter'], factsAt });
}

async function grown(chain: FakeChain, plugins: readonly ConsensusPlugin[], length: number) {
  const eras: readonly Era[] = [{ fromHeight: 1, production: { name: 'old', config: {} } }];
  const node = createNode({ chain, plugins, options: { eras } });
  await node.host.start();
  const blocks: Block[] = branchOf(chain.genesis, length, () => OLD);
  for (const { bytes } of blocks) await node.host.importBlock(bytes);
  const finalize = (index: number) => {
    const block = blocks[index] as Block;
    return node.host.importBlock(block.bytes, 'bob', proofOf(block, ['bob', 'carol'], 'old@1'));
  };
  const named = (name: string) => node.seen.filter((item) => item.name === name).map(({ event }) => event);
  return { node, finalize, named };
}

describe('contract H-36: announcements that become final', () => {
  const old = scripted({ name: 'old', rules: { finality } }) as ConsensusPlugin;

  test('are carried out once each, in their order, however finality moves', async () => {
    const heights = [2_000, 2_001, 2_002];
    const chain = chainOf((height) => heights.slice(height - 1, height).map((from) => announcing(from)));
    const plugins = [old, scripted({ name: 'new' }) as ConsensusPlugin];
    const { node, finalize, named } = await grown(chain, plugins, 6);
    await finalize(0);
    expect(named('eraScheduled')).toMatchObject([{ era: { fromHeight: 2_000 } }]);
    await finalize(4);
    await finalize(5);
    expect(named('eraScheduled')).toMatchObject(heights.map((fromHeight) => ({ era: { fromHeight } })));
    expect(named('trace')).toEqual([]);
    await node.host.stop();

    const again = createNode({
      chain,
      plugins,
      options: { eras: [{ fromHeight: 1, production: { name: 'old', config: {} } }] },
    });
    await again.host.start();
    const scheduled = again.seen.filter(({ name }) => name === 'eraScheduled').map(({ event }) => event);
    expect(scheduled).toEqual(named('eraScheduled'));
  });

  test('are ignored if a protocol that reads headers alone has nobody to hand over', async () => {
    const voting = scripted({ name: 'new', requires: { validators: true } }) as ConsensusPlugin;
    const chain = chainOf((height) => (height === 1 ? [announcing(2_000)] : []));
    const { finalize, named } = await grown(chain, [old, voting], 2);
    await finalize(1);
    expect(named('eraScheduled')).toEqual([]);
    expect(named('trace')).toMatchObject([{ event: 'ERA_IGNORED', data: { code: 'VALIDATORS_MISSING' } }]);
  });

  test(`leave ${ERA_NOTICE_BLOCKS} blocks`, async () => {
    const chain = chainOf((height) => (height === 2 ? [announcing(2 + ERA_NOTICE_BLOCKS - 1)] : []));
    const { finalize, named } = await grown(chain, [old, scripted({ name: 'new' }) as ConsensusPlugin], 3);
    await finalize(2);
    expect(named('eraScheduled')).toEqual([]);
  });
});

test('contract H-33: the gadget hands over what only it knows, and never in place of production', async () => {
  const starts: EraStart[] = [];
  const extra =
    (...entries: readonly (readonly [string, Uint8Array])[]) =>
    () => {
      return { validators: [], randomness: new Uint8Array(32), extra: new Map(entries) };
    };
  const plugins = [
    scripted({ name: 'old', rules: { exportHandover: extra(['own', weigh(1)], ['both', weigh(2)]) } }),
    gadget({ rules: { exportHandover: extra(['votes', weigh(3)], ['both', weigh(4)]) } }),
    scripted({
      name: 'new',
      rules: {
        initialState(start) {
          starts.push(start);
          return { height: start.parent.height, facts: [] };
        },
      },
    }),
  ] as ConsensusPlugin[];
  const eras: readonly Era[] = [
    { fromHeight: 1, production: { name: 'old', config: {} }, finality: { name: 'gadget', config: {} } },
    { fromHeight: 2, production: { name: 'new', config: {} } },
  ];
  const node = createNode({ plugins, options: { eras } });
  await node.host.start();
  await node.host.importBlock(childOf(node.chain.genesis, OLD).bytes);
  // The rehearsal at genesis, and the border.
  for (const { handover } of starts.slice(-2)) {
    expect(new Map(handover.extra)).toEqual(
      new Map([
        ['own', weigh(1)],
        ['both', weigh(2)],
        ['votes', weigh(3)],
      ]),
    );
  }
});

test('contract section 4, step 9: the gadget hears of a new key, of a new order, and of nothing that stays', async () => {
  const validators = (height: number) => {
    const key = new Uint8Array(33).fill(height < 3 ? 1 : 2);
    const alice = { id: 'alice', weight: 1n, ...(height > 1 && { publicKey: key }) };
    const bob = { id: 'bob', weight: 1n };
    return height > 4 ? [bob, alice] : [alice, bob];
  };
  const told: number[] = [];
  const plugins = [
    scripted({ name: 'old', rules: { validators: ({ height }) => validators(height) } }),
    gadget({
      requires: { facts: ['validators'] },
      rules: {
        applyHeader(_state, { height }, facts) {
          if (facts.length > 0) told.push(height);
          return { height, facts: [] };
        },
      },
    }),
  ] as ConsensusPlugin[];
  const production = { name: 'old', config: {} };
  const eras: readonly Era[] = [{ fromHeight: 1, production, finality: { name: 'gadget', config: {} } }];
  const node = createNode({ plugins, options: { eras } });
  await node.host.start();
  for (const { bytes } of branchOf(node.chain.genesis, 6, () => OLD)) await node.host.importBlock(bytes);
  // The key comes, the key changes, the order changes.
  expect(told).toEqual([2, 3, 5]);
});
