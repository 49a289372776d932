/** A node that comes back with other plugins or eras than it left with. */
import { type ConsensusPlugin, type Era, type Fact, isConsensusError } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { EraSchedule } from '../src/era/schedule.ts';
import { requireRunnableEras } from '../src/era/static-check.ts';
import { decodeCheckpoint } from '../src/record/checkpoint.ts';
import { branchOf, type ChildOptions, childOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { CHAIN_ID, createNode } from './fixtures/nodes.ts';
import { gadget, scripted, weigh } from './fixtures/scripted.ts';
import { sha256 } from './fixtures/stub-crypto.ts';
import { settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const plugins = [
  scripted({ name: 'old' }),
  scripted({ name: 'new' }),
  gadget({ requires: { facts: ['deposit'] } }),
] as ConsensusPlugin[];
const era = (fromHeight: number, name: string, finality?: string): Era => {
  const production = { name, config: {} };
  return { fromHeight, production, ...(finality !== undefined && { finality: { name: finality, config: {} } }) };
};
const [OLD, NEW]: readonly ChildOptions[] = [{ protocol: 'old@1' }, { protocol: 'new@1', era: 1 }];

async function startOn(chain: FakeChain, eras: readonly Era[]) {
  const node = createNode({ chain, plugins, options: { eras } });
  await node.host.start();
  return node;
}

/** A chain of five blocks, the last two in a second era unless told otherwise. */
async function grown(eras: readonly Era[], count = 5): Promise<FakeChain> {
  const facts: readonly Fact[] = [{ kind: 'deposit', actor: 'a', total: 1n }];
  const chain = createFakeChain({ provides: ['deposit'], factsAt: () => facts });
  const node = await startOn(chain, eras);
  const blocks: Block[] = branchOf(chain.genesis, 3, () => OLD ?? {});
  const protocol = `${eras.at(-1)?.production.name ?? ''}@1` as const;
  blocks.push(...branchOf(blocks[2] as Block, count - 3, () => ({ ...NEW, protocol: protocol as 'new@1' })));
  for (const { bytes } of blocks) expect(await node.host.importBlock(bytes)).toMatchObject({ kind: 'adopted' });
  await node.host.stop();
  return chain;
}

describe('contract H-42: blocks are derived by the rules they were made under, or not at all', () => {
  const both = [era(1, 'old'), era(4, 'new')];

  test.each([
    ['without the second era', both, [era(1, 'old')], 5],
    ['without the second era, at the border', both, [era(1, 'old')], 3],
    ['with an earlier border', both, [era(1, 'old'), era(2, 'new')], 3],
    ['with another plugin', [era(1, 'old')], [era(1, 'new')], 3],
    ['without a second era of the same plugin', [era(1, 'old'), era(4, 'old')], [era(1, 'old')], 5],
    ['without the gadget', [era(1, 'old', 'gadget')], [era(1, 'old')], 3],
    ['with a gadget', [era(1, 'old')], [era(1, 'old', 'gadget')], 3],
  ])('%s', async (_name, before, after, count) => {
    const chain = await grown(before, count);
    await expect(startOn(chain, after)).rejects.toMatchObject({ data: { code: 'STORE_CORRUPT' } });
    const again = await startOn(chain, before);
    expect(again.host.head().header.height).toBe(count);
  });

  test('a checkpoint with more states than the eras have is none of theirs', () => {
    const sources = { eras: both, plugins, provides: new Set<Fact['kind']>(['deposit']), chainId: CHAIN_ID, sha256 };
    const checked = { ...sources, supports: new Set(['signature'] as const), genesisValidators: [] };
    const schedule = new EraSchedule(requireRunnableEras(checked));
    const state = new Uint8Array([...new Uint8Array(6), ...weigh(0).subarray(0, 4)]);
    const record = { era: 0, totalWeight: 1n, gadgetWeight: 0n, announced: [], facts: [] };
    const { header } = childOf(createFakeChain().genesis, OLD);
    const read = (...chunks: Uint8Array[]) => decodeCheckpoint(chunks, header, record, schedule);
    expect(read(state)).toMatchObject({ era: 0, opening: null });
    try {
      read(state, new Uint8Array(), state);
      expect.unreachable();
    } catch (thrown) {
      expect(isConsensusError(thrown, 'INVALID_ENCODING')).toBe(true);
    }
  });
});

test('contract H-34: an engine builds blocks of its own era alone', async () => {
  const answers: unknown[] = [];
  const chain = createFakeChain();
  const main = branchOf(chain.genesis, 3, () => OLD ?? {});
  const parentId = main[0]?.header.id ?? '';
  const fromNew = scripted({
    name: 'new',
    start: () => [{ kind: 'buildBlock', requestId: 'b', parentId, timestamp: 1, digest: weigh(1), deadline: 9 }],
    on(input) {
      if (input.kind === 'blockBuilt') answers.push(input.header);
      return [];
    },
  }) as ConsensusPlugin;
  const eras = [era(1, 'old'), era(4, 'new')];
  const node = createNode({
    chain,
    plugins: [scripted({ name: 'old' }) as ConsensusPlugin, fromNew],
    options: { eras },
  });
  await node.host.start();
  for (const { bytes } of main) await node.host.importBlock(bytes);
  await settle();
  expect(answers).toEqual([null]);
  const traces = node.seen.filter(({ name }) => name === 'trace').map(({ event }) => event);
  expect(traces).toMatchObject([{ event: 'BUILD_BARRED', data: { parentId, code: 'WRONG_ERA' } }]);
});
