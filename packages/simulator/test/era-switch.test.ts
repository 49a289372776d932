import { isHostError } from '@fiducia/host';
import { describe, expect, test } from 'vitest';
import { configOf, createEraNetwork, type EraNetwork, EXCHANGEABLE, type Exchangeable } from './support/era-network.ts';

/** First height of the second era. */
const BORDER = 12;
const END = BORDER + 10;

const pairs = EXCHANGEABLE.flatMap((from) => EXCHANGEABLE.filter((to) => to !== from).map((to) => [from, to] as const));

async function switching(from: Exchangeable, to: Exchangeable, seed: number): Promise<EraNetwork> {
  return createEraNetwork({
    seed,
    eras: (actors) => [
      { fromHeight: 1, production: { name: from, config: configOf(from, actors) } },
      // Proof of work hands over nobody; everything else names its validators itself.
      { fromHeight: BORDER, production: { name: to, config: configOf(to, from === 'pow' ? actors : []) } },
    ],
  });
}

/** Heights at which the nodes have one and the same block. */
async function commonBlocks({ nodes }: EraNetwork): Promise<readonly (readonly [height: number, protocol: string])[]> {
  const common: [number, string][] = [];
  for (let height = 1; ; height++) {
    const stored = await Promise.all(nodes.map(({ ledger }) => ledger.read({ kind: 'height', height })));
    const headers = stored.map((item) => item?.block.header);
    const [first] = headers;
    if (first === undefined || headers.some((header) => header?.id !== first.id)) return common;
    common.push([height, first.protocol]);
  }
}

/** Nodes with one head have one consensus state. */
function requireEqualHeads(nodes: EraNetwork['nodes']): void {
  const roots = new Map<string, Set<string>>();
  for (const { host } of nodes) {
    const { id } = host.head().header;
    roots.set(id, (roots.get(id) ?? new Set()).add(host.consensusRoot().join()));
  }
  expect([...roots.values()].every(({ size }) => size === 1)).toBe(true);
}

describe('contract H-33 and H-34: a chain changes its protocol at a height, whatever the two are', () => {
  test('there are twenty ordered pairs', () => {
    expect(pairs).toHaveLength(20);
  });

  test.each(pairs)(
    '%s to %s, with a node that lags, one that restarts at the border, and one right after it',
    async (from, to) => {
      const network = await switching(from, to, 1);
      const { nodes, records, accusations } = network;
      await network.runTo(0, BORDER - 4);
      await network.crash(5);

      await network.runTo(0, BORDER - 1);
      await network.crash(1);
      await network.recover(1);
      await network.runTo(0, BORDER + 1);
      await network.crash(2);
      await network.recover(2);
      await network.runTo(0, BORDER + 4);
      await network.recover(5);
      for (const index of nodes.keys()) await network.runTo(index, END);

      const common = await commonBlocks(network);
      const expected = Array.from({ length: common.length }, (_, index) => [
        index + 1,
        `${index + 1 < BORDER ? from : to}@1`,
      ]);
      expect(common).toEqual(expected);
      expect(common.length).toBeGreaterThanOrEqual(BORDER + 2);
      expect(accusations).toEqual([]);
      // Node 2 came back above the border: the engine before it never ran again.
      expect(new Set(records[2]?.map(({ era }) => era))).toEqual(new Set([1]));
      for (const { host } of nodes) expect(host.head().header.protocol).toBe(`${to}@1`);
      requireEqualHeads(nodes);
    },
  );
});

describe('contract H-35: an era of PBFT begins on a block that is not final', () => {
  test.each([78, 330])('another block takes its place after validators were prepared (seed %i)', async (seed) => {
    const network = await createEraNetwork({
      seed,
      size: 4,
      conditions: { delayMs: { min: 5, max: 8_000 }, lossPermille: 50 },
      eras: (actors) => [
        { fromHeight: 1, production: { name: 'pow', config: configOf('pow') } },
        { fromHeight: 3, production: { name: 'pbft', config: configOf('pbft', actors) } },
      ],
    });
    const heads = network.nodes.map(({ host }) => {
      const ids = new Set<string>();
      host.events.on('headChanged', ({ tip }) => tip.header.height === 2 && ids.add(tip.header.id));
      return ids;
    });
    for (const index of network.nodes.keys()) await network.runTo(index, 5);
    // The last block of proof of work changed below somebody.
    expect(heads.some(({ size }) => size > 1)).toBe(true);
    expect((await commonBlocks(network)).length).toBeGreaterThanOrEqual(5);
    expect(network.accusations).toEqual([]);
  });
});

test('contract H-37: PBFT after proof of work without named validators is refused when the chain is configured', async () => {
  const eras = [
    { fromHeight: 1, production: { name: 'pow', config: configOf('pow') } },
    { fromHeight: BORDER, production: { name: 'pbft', config: configOf('pbft') } },
  ];
  const refused = createEraNetwork({ seed: 1, eras: () => eras });
  await expect(refused).rejects.toSatisfy((thrown) => isHostError(thrown, 'VALIDATORS_MISSING'));
  await expect(refused).rejects.toMatchObject({ data: { plugin: 'pbft', era: 1 } });
});

describe('contract section 8: every era has its own gadget, or none', () => {
  const every = { every: 2, delay: 1, grace: 1 };

  test('finality goes on under another gadget, over another protocol, and under none that is needed', async () => {
    const network = await createEraNetwork({
      seed: 3,
      eras: (actors) => [
        {
          fromHeight: 1,
          production: { name: 'dpos', config: configOf('dpos') },
          finality: { name: 'checkpoint', config: every },
        },
        {
          fromHeight: 21,
          production: { name: 'pow', config: configOf('pow') },
          finality: { name: 'checkpoint', config: { ...every, committee: actors } },
        },
        { fromHeight: 41, production: { name: 'pbft', config: configOf('pbft', actors) } },
        { fromHeight: 51, production: { name: 'pos', config: configOf('pos') } },
      ],
    });
    const { nodes, accusations, finals, records } = network;
    await network.runTo(0, 16);
    expect(nodes[0]?.host.finalized().height).toBeGreaterThan(8);
    await network.runTo(0, 20);
    await network.crash(4);
    await network.runTo(0, 24);
    await network.recover(4);
    await network.runTo(0, 38);
    for (const { host } of nodes) expect(host.finalized().height).toBeGreaterThan(21);
    await network.runTo(0, 46);
    for (const { host } of nodes) expect(host.finalized().height).toBeGreaterThan(40);
    for (const index of nodes.keys()) await network.runTo(index, 56);

    for (const heights of finals) {
      expect(heights).toEqual(heights.toSorted((a, b) => a - b));
      expect(heights.at(-1)).toBe(50);
    }
    const finalIds = await Promise.all(nodes.map(({ ledger }) => ledger.read({ kind: 'height', height: 50 })));
    expect(new Set(finalIds.map((stored) => stored?.block.header.id)).size).toBe(1);
    expect(accusations).toEqual([]);
    const engines = records[4]?.flatMap((record) => (record.kind === 'engineStarted' ? [record.protocol] : []));
    expect(engines?.slice(-4)).toEqual(['pow@1', 'checkpoint@1', 'pbft@1', 'pos@1']);
  });
});
