import type { ConsensusPlugin, Fact } from '@fiducia/consensus';
import type { NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { parseAnnouncement } from '../src/era/announcement.ts';
import { createLoopbackNetwork, DEFAULT_HOST_LIMITS, ERA_PARAMETER } from '../src/index.ts';
import { branchOf, type ChildOptions, childOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const OLD: ChildOptions = { protocol: 'old@1' };
const NEW: ChildOptions = { protocol: 'new@1', era: 1 };
const ANNOUNCED_AT = 2;
const FROM_HEIGHT = ANNOUNCED_AT + 1_000;

const announcement = (value: unknown): Fact => ({
  kind: 'parameter',
  name: ERA_PARAMETER,
  value: typeof value === 'string' ? value : JSON.stringify(value),
});
const good = { fromHeight: FROM_HEIGHT, production: { name: 'new', config: {} } };

function chainWith(...announcements: readonly Fact[]): FakeChain {
  return createFakeChain({
    provides: ['parameter'],
    factsAt: (height) => (height === ANNOUNCED_AT ? announcements : []),
  });
}

function create(
  chain: FakeChain,
  names: readonly string[] = ['old', 'new'],
  starts: string[] = [],
  setup: NodeSetup = {},
): TestNode {
  const plugins = names.map(
    (name) =>
      scripted({
        name,
        rules: { finality: quorumFinality(false) },
        parseConfig(raw) {
          if ((raw as { bad?: boolean }).bad === true) throw new Error('bad');
          return {};
        },
        start({ head }) {
          starts.push(`${name} ${head.header.height}`);
          return [];
        },
      }) as ConsensusPlugin,
  );
  const eras = [{ fromHeight: 1, production: { name: 'old', config: {} } }];
  return createNode({ chain, plugins, options: { eras }, ...setup });
}

async function importAll(node: TestNode, blocks: readonly Block[]) {
  let last = {};
  for (const block of blocks) last = await node.host.importBlock(block.bytes);
  await settle();
  return last;
}

/** Blocks up to the last one that everybody takes before the announcement is final. */
async function uncertain(chain: FakeChain, node: TestNode): Promise<Block[]> {
  await node.host.start();
  const blocks = branchOf(chain.genesis, FROM_HEIGHT - 2, () => OLD);
  expect(await importAll(node, blocks)).toMatchObject({ kind: 'adopted' });
  return blocks;
}

const finalize = (node: TestNode, block: Block) =>
  node.host.importBlock(block.bytes, 'bob', proofOf(block, ['bob', 'carol'], 'old@1'));
const named = (node: TestNode, name: string) =>
  node.seen.filter((item) => item.name === name).map(({ event }) => event);

describe('contract H-36: the chain itself announces an era', () => {
  test('it counts once its announcement is final, and until then nobody reaches the border', async () => {
    const chain = chainWith(announcement(good));
    const starts: string[] = [];
    const node = create(chain, ['old', 'new'], starts);
    const blocks = await uncertain(chain, node);
    const border = childOf(blocks.at(-1) as Block, OLD);
    expect(await node.host.importBlock(border.bytes)).toMatchObject({ kind: 'rejected', code: 'ERA_NOT_FINAL' });
    await finalize(node, blocks[ANNOUNCED_AT - 1] as Block);
    expect(named(node, 'eraScheduled')).toEqual([{ era: good }]);

    expect(await node.host.importBlock(border.bytes)).toMatchObject({ kind: 'adopted' });
    const old = childOf(border, OLD);
    expect(await node.host.importBlock(old.bytes)).toMatchObject({ code: 'WRONG_PROTOCOL' });
    const first = childOf(border, NEW);
    expect(await node.host.importBlock(first.bytes)).toMatchObject({ kind: 'adopted' });
    await settle();
    expect(starts).toEqual(['old 0', `new ${FROM_HEIGHT - 1}`]);
    await node.host.stop();

    const again = create(chain, ['old', 'new'], starts);
    await again.host.start();
    await settle();
    expect(starts.at(-1)).toBe(`new ${FROM_HEIGHT}`);
    expect(again.host.head()).toEqual(node.host.head());
    expect(await again.host.importBlock(childOf(first, NEW).bytes)).toMatchObject({ kind: 'adopted' });
  });

  test('a node that lacks the plugin says so at once and stops before the border', async () => {
    const chain = chainWith(announcement(good));
    const starts: string[] = [];
    const node = create(chain, ['old'], starts);
    const blocks = await uncertain(chain, node);
    await finalize(node, blocks[ANNOUNCED_AT - 1] as Block);
    expect(named(node, 'eraUnsupported')).toMatchObject([
      { era: good, error: { data: { code: 'PLUGIN_MISSING', plugin: 'new' } } },
    ]);
    const border = childOf(blocks.at(-1) as Block, OLD);
    expect(await importAll(node, [border])).toMatchObject({ kind: 'adopted' });
    for (const options of [OLD, NEW]) {
      const beyond = await node.host.importBlock(childOf(border, options).bytes, 'bob');
      expect(beyond).toMatchObject({ kind: 'rejected', code: 'ERA_UNSUPPORTED' });
    }
    await node.host.stop();
    const again = create(chain, ['old'], starts);
    await again.host.start();
    await settle();
    expect(starts).toEqual(['old 0']);
    expect(named(again, 'eraUnsupported')).toHaveLength(1);
    await again.host.stop();

    const upgraded = create(chain, ['old', 'new'], starts);
    await upgraded.host.start();
    expect(await upgraded.host.importBlock(childOf(border, NEW).bytes)).toMatchObject({ kind: 'adopted' });
  });

  test('contract H-47: nobody is asked what follows on a border that this node cannot pass', async () => {
    const chain = chainWith(announcement(good));
    const clock = createVirtualClock();
    let asked = 0;
    const net: NetPort = {
      ...createLoopbackNetwork().join('alice'),
      peers: () => ['bob'],
      async request() {
        asked += 1;
        return null;
      },
    };
    const node = create(chain, ['old'], [], { clock, net });
    const blocks = await uncertain(chain, node);
    await finalize(node, blocks[ANNOUNCED_AT - 1] as Block);
    const askedIn = async (waitMs: number): Promise<number> => {
      const before = asked;
      await clock.runUntil(clock.now() + waitMs);
      return asked - before;
    };
    const waitMs = 3 * DEFAULT_HOST_LIMITS.quietMs;
    expect(await askedIn(waitMs)).toBeGreaterThan(0);
    await importAll(node, [childOf(blocks.at(-1) as Block, OLD)]);
    expect(await askedIn(waitMs)).toBe(0);
  });

  test('what leaves no notice, is malformed, or that nobody could run is ignored by everybody', async () => {
    const chain = chainWith(
      announcement('{'),
      announcement('[]'),
      announcement({ fromHeight: 1.5, production: good.production }),
      announcement({ fromHeight: FROM_HEIGHT }),
      announcement({ ...good, finality: 'gadget' }),
      announcement({ ...good, fromHeight: FROM_HEIGHT - 1 }),
      announcement({ ...good, production: { name: 'new', config: { bad: true } } }),
      { kind: 'parameter', name: 'other', value: JSON.stringify(good) },
    );
    const node = create(chain);
    const blocks = await uncertain(chain, node);
    await finalize(node, blocks[ANNOUNCED_AT - 1] as Block);
    const more = branchOf(blocks.at(-1) as Block, 5, () => OLD);
    expect(await importAll(node, more)).toMatchObject({ kind: 'adopted' });
    expect(named(node, 'eraScheduled')).toEqual([]);
    expect(named(node, 'trace')).toMatchObject([{ event: 'ERA_IGNORED', data: { code: 'CONFIG_INVALID' } }]);
  });

  test('an announcement on a branch that is left again counts for nothing', async () => {
    let announces = true;
    const chain = createFakeChain({
      provides: ['parameter'],
      factsAt: (height) => (height === ANNOUNCED_AT && announces ? [announcement(good)] : []),
    });
    const node = create(chain);
    await uncertain(chain, node);
    announces = false;
    const rival = branchOf(chain.genesis, FROM_HEIGHT + 1, (index) => ({ ...OLD, timestamp: index * 1_000 + 7 }));
    expect(await importAll(node, rival)).toMatchObject({ kind: 'adopted' });
    expect(named(node, 'eraScheduled')).toEqual([]);
  });
});

test('an announcement names a gadget or none, and has one reading', () => {
  const gadget = { ...good, finality: { name: 'gadget', config: { spacing: 8 } } };
  expect(parseAnnouncement(JSON.stringify(gadget))).toEqual(gadget);
  expect(parseAnnouncement(JSON.stringify({ ...good, surplus: 1 }))).toEqual(good);
  expect(parseAnnouncement(`${' '.repeat(16_384)}${JSON.stringify(good)}`)).toBeUndefined();
});
