import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SimulatedPorts, Simulation } from '../src/index.ts';
import { createNewsNetwork } from './support/news-network.ts';

const STEADY = { delayMs: { min: 10, max: 10 } };

/** Names of the directions in which a direct message arrives now, e.g. `n0>n1`. */
async function openDirections(simulation: Simulation, nodes: readonly SimulatedPorts[]): Promise<readonly string[]> {
  const open: string[] = [];
  const leave = nodes.map(({ name, net }) =>
    net.subscribe('probe', async (from) => {
      open.push(`${from}>${name}`);
      return 'accept';
    }),
  );
  for (const { name, net } of nodes) {
    for (const to of nodes) if (to.name !== name) net.send(to.name, 'probe', Uint8Array.of(0));
  }
  await simulation.runUntil(simulation.now() + 1_000);
  for (const stop of leave) stop();
  return open.sort();
}

function allDirections(names: readonly string[]): readonly string[] {
  return names.flatMap((from) => names.filter((to) => to !== from).map((to) => `${from}>${to}`)).sort();
}

describe('simulation section 3: one-way cuts', () => {
  it('stop exactly the directions that are cut, whichever they are', () =>
    fc.assert(
      fc.asyncProperty(fc.subarray([...allDirections(['n0', 'n1', 'n2', 'n3'])]), async (cut) => {
        const { simulation, nodes } = createNewsNetwork(4, STEADY);
        simulation.cut(cut.map((direction) => ({ from: direction.slice(0, 2), to: direction.slice(3) })));
        const expected = allDirections(['n0', 'n1', 'n2', 'n3']).filter((direction) => !cut.includes(direction));
        expect(await openDirections(simulation, nodes)).toEqual(expected);
        expect(simulation.networkCounts()).toMatchObject({ cut: cut.length, blocked: 0 });
        simulation.heal();
        expect(await openDirections(simulation, nodes)).toHaveLength(12);
      }),
    ));

  it('stop messages in flight, and add up', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(3, STEADY);
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(5, 'cut', () => simulation.cut([{ from: 'n0', to: 'n1' }]));
    simulation.schedule(15, 'cut', () => simulation.cut([{ from: 'n0', to: 'n2' }]));
    simulation.schedule(20, 'send', () => nodes[0].net.send(null, 'news', Uint8Array.of(2)));
    await simulation.runUntil(100);
    expect(arrivals.map(({ to, value }) => `${value}->${to}`)).toEqual(['1->n2']);
    expect(simulation.networkCounts().cut).toBe(3);
  });

  it.each([
    ['the question', { from: 'n0', to: 'n1' }],
    ['the answer', { from: 'n1', to: 'n0' }],
  ])('let a request time out when they stop %s, and leave both ends peers', async (_what, direction) => {
    const { simulation, nodes } = createNewsNetwork(2, STEADY);
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    simulation.cut([direction]);
    let answer: Uint8Array | null | undefined;
    void nodes[0].net.request('n1', 'blocks', Uint8Array.of(0), 300).then((bytes) => (answer = bytes));
    await simulation.runUntil(1_000);
    expect(answer).toBeNull();
    expect(simulation.networkCounts().cut).toBe(1);
    expect([nodes[0].net.peers(), nodes[1].net.peers()]).toEqual([['n1'], ['n0']]);
    simulation.cut([{ from: direction.to, to: direction.from }]);
    expect([nodes[0].net.peers(), nodes[1].net.peers()]).toEqual([[], []]);
  });
});

describe('simulation section 3: healing', () => {
  it('can be kept to the links within a core; all others stay cut for ever', async () => {
    const { simulation, nodes } = createNewsNetwork(5, STEADY);
    simulation.partition([['n0', 'n1'], ['n2']]);
    simulation.cut([
      { from: 'n1', to: 'n0' },
      { from: 'n3', to: 'n4' },
      { from: 'n0', to: 'n4' },
    ]);
    simulation.heal(['n0', 'n1', 'n2']);
    const core = allDirections(['n0', 'n1', 'n2']);
    expect(await openDirections(simulation, nodes)).toEqual([...core, 'n4>n3'].sort());

    // A second core does not become one with the first.
    simulation.heal(['n2', 'n3']);
    expect(await openDirections(simulation, nodes)).toEqual([...core, 'n2>n3', 'n3>n2', 'n4>n3'].sort());
    simulation.partition([['n0'], ['n1']]);
    expect(await openDirections(simulation, nodes)).toEqual(
      [...allDirections(['n2', 'n3', 'n4'])].filter((direction) => direction !== 'n3>n4'),
    );
    simulation.heal();
    expect(await openDirections(simulation, nodes)).toHaveLength(20);
  });

  it('names unknown nodes, and times that are none', () => {
    const { simulation } = createNewsNetwork(2);
    expect(() => simulation.heal(['n9'])).toThrow(/UNKNOWN_NODE/);
    expect(() => simulation.cut([{ from: 'n0', to: 'n9' }])).toThrow(/UNKNOWN_NODE/);
    expect(() => simulation.clog('n9', 'n0', 10)).toThrow(/UNKNOWN_NODE/);
    expect(() => simulation.clog('n0', 'n1', 0.5)).toThrow(/INVALID_OPTION/);
    expect(() => simulation.pause('n0', Number.NaN)).toThrow(/INVALID_OPTION/);
  });
});

describe('simulation section 3: link clog', () => {
  it('lets what travels one way wait for its end, in order, and nothing else', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(3, STEADY);
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(5, 'clog', () => simulation.clog('n0', 'n1', 100));
    simulation.schedule(50, 'send', () => nodes[0].net.send(null, 'news', Uint8Array.of(2)));
    simulation.schedule(60, 'send', () => nodes[1].net.send('n0', 'news', Uint8Array.of(3)));
    simulation.schedule(95, 'send', () => nodes[0].net.send('n1', 'news', Uint8Array.of(4)));
    await simulation.runUntil(200);
    expect(arrivals.map(({ to, at, value }) => `${value}->${to}@${at}`)).toEqual([
      '1->n2@10',
      '2->n2@60',
      '3->n0@70',
      '1->n1@100',
      '2->n1@100',
      '4->n1@105',
    ]);
    expect(simulation.networkCounts()).toMatchObject({ clogged: 2, delivered: 6 });
  });

  it('delays questions and answers, and ends when the link heals', async () => {
    const { simulation, nodes } = createNewsNetwork(2, STEADY);
    nodes[1].net.serve('blocks', async () => Uint8Array.of(1));
    const answers: number[] = [];
    const ask = (): void => {
      void nodes[0].net.request('n1', 'blocks', Uint8Array.of(0), 10_000).then(() => answers.push(simulation.now()));
    };
    simulation.clog('n1', 'n0', 500);
    simulation.schedule(0, 'ask', ask);
    await simulation.runUntil(1_000);
    simulation.clog('n0', 'n1', 5_000);
    simulation.heal(['n0', 'n1']);
    simulation.schedule(1_000, 'ask', ask);
    await simulation.runUntil(10_000);
    expect(answers).toEqual([500, 1_020]);
    expect(simulation.networkCounts().clogged).toBe(1);
  });
});
