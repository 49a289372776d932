import type { MessageOutcome } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import { createSimulation, type NetworkConditions } from '../src/index.ts';
import { sha256 } from './support/hash.ts';
import { createNewsNetwork } from './support/news-network.ts';

/** Six nodes in a ring, made from a mesh by cutting all other links both ways. */
function createRing(network: NetworkConditions = {}) {
  const created = createNewsNetwork(6, { delayMs: { min: 10, max: 10 }, outboundLinks: 5, ...network });
  const names = created.nodes.map(({ name }) => name);
  created.simulation.cut(
    names.flatMap((from, index) =>
      names.filter((_name, other) => ![0, 1, 5].includes((other - index + 6) % 6)).map((to) => ({ from, to })),
    ),
  );
  return created;
}

function linksOf(size: number, outboundLinks: number, seed = 1): Map<string, readonly string[]> {
  const { nodes } = createNewsNetwork(size, { outboundLinks }, seed);
  return new Map(nodes.map(({ name, net }) => [name, net.peers()]));
}

describe('simulation section 3: topology', () => {
  it('lets each node dial the given number of others; links work both ways', () => {
    const links = linksOf(100, 8);
    for (const [name, peers] of links) {
      expect(new Set(peers).size).toBe(peers.length);
      expect(peers).not.toContain(name);
      expect(peers.length).toBeGreaterThanOrEqual(8);
      for (const peer of peers) expect(links.get(peer)).toContain(name);
    }
    const count = [...links.values()].reduce((sum, peers) => sum + peers.length, 0);
    expect(count).toBe(2 * 100 * 8);
  });

  it('draws peers from the stream of each node (simulation E3)', () => {
    expect(linksOf(30, 3)).toEqual(linksOf(30, 3));
    expect(linksOf(30, 3)).not.toEqual(linksOf(30, 3, 2));
    for (const peers of linksOf(4, 8).values()) expect(new Set(peers).size).toBe(3);
  });

  it('lets a node that joins later dial, and those who had found too few', () => {
    const simulation = createSimulation({ seed: 1, startTime: 0, sha256, network: { outboundLinks: 2 } });
    const nodes = Array.from({ length: 5 }, (_, index) => {
      const node = simulation.addNode(`n${index}`);
      node.net.peers();
      return node;
    });
    for (const { net } of nodes) expect(net.peers().length).toBeGreaterThanOrEqual(2);
  });

  it('is dropped for links between all, and drawn anew with another number of links', () => {
    const { simulation, nodes } = createNewsNetwork(20, { outboundLinks: 2 });
    const before = nodes[0].net.peers();
    simulation.setConditions({ outboundLinks: 2, lossPermille: 10 });
    expect(nodes[0].net.peers()).toEqual(before);
    simulation.setConditions({});
    expect(nodes[0].net.peers()).toHaveLength(19);
    simulation.setConditions({ outboundLinks: 5 });
    expect(nodes[0].net.peers().length).toBeGreaterThanOrEqual(5);
    expect(nodes[0].net.peers().length).toBeLessThan(19);
  });

  it('carries direct messages and requests over links only', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(12, { outboundLinks: 1 });
    const [asker] = nodes;
    for (const { net } of nodes) net.serve('blocks', async () => Uint8Array.of(1));
    const answered: string[] = [];
    for (const { name } of nodes.slice(1)) {
      asker.net.send(name, 'news', Uint8Array.of(1));
      void asker.net.request(name, 'blocks', Uint8Array.of(1), 1_000).then((answer) => {
        if (answer !== null) answered.push(name);
      });
    }
    await simulation.runUntil(2_000);
    expect(answered.sort()).toEqual([...asker.net.peers()].sort());
    expect(arrivals.map(({ to }) => to).sort()).toEqual(answered);
  });
});

describe('relayed gossip', () => {
  it('reaches every node once, from a node that it is linked with', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(60, { outboundLinks: 4 });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    nodes[7]?.net.send(null, 'news', Uint8Array.of(2));
    await simulation.runUntil(5_000);
    for (const [value, maker] of [
      [1, 'n0'],
      [2, 'n7'],
    ] as const) {
      const got = arrivals.filter((arrival) => arrival.value === value);
      const others = nodes.map(({ name }) => name).filter((name) => name !== maker);
      expect(got.map(({ to }) => to).sort()).toEqual(others.sort());
    }
    const peers = new Map(nodes.map(({ name, net }) => [name, net.peers()]));
    for (const { to, from } of arrivals) expect(peers.get(to)).toContain(from);
    expect(simulation.networkCounts()).toMatchObject({ sent: 2, delivered: 118 });
  });

  it('takes the shortest way that the drawn delays allow', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(40, { outboundLinks: 3, delayMs: { min: 10, max: 10 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    await simulation.runUntil(1_000);
    const hops = new Map([['n0', 0]]);
    for (let frontier = ['n0']; frontier.length > 0; ) {
      const next: string[] = [];
      for (const name of frontier) {
        for (const peer of nodes.find((node) => node.name === name)?.net.peers() ?? []) {
          if (hops.has(peer)) continue;
          hops.set(peer, (hops.get(name) ?? 0) + 1);
          next.push(peer);
        }
      }
      frontier = next;
    }
    expect(arrivals).toHaveLength(39);
    for (const { to, at } of arrivals) expect(at).toBe(10 * (hops.get(to) ?? 0));
  });

  it.each<[MessageOutcome, readonly string[]]>([
    ['accept', ['n1', 'n2', 'n3', 'n4', 'n5']],
    ['ignore', ['n1', 'n5']],
    ['reject', ['n1', 'n5']],
  ])('goes on behind a node only if that accepts: %s', async (outcome, reached) => {
    const { simulation, nodes } = createRing();
    const seen: string[] = [];
    for (const { name, net } of nodes) {
      net.subscribe('votes', async () => {
        seen.push(name);
        if (name === 'n5') return 'ignore';
        return name === 'n1' ? outcome : 'accept';
      });
    }
    nodes[0].net.send(null, 'votes', Uint8Array.of(1));
    await simulation.runUntil(1_000);
    expect(seen.sort()).toEqual(reached);
  });

  it('ends at a node that crashes while it judges the message', async () => {
    const { simulation, nodes } = createRing();
    const seen: string[] = [];
    for (const { name, net } of nodes) {
      net.subscribe('votes', async () => {
        seen.push(name);
        if (name === 'n1' || name === 'n5') simulation.kill(name);
        return 'accept';
      });
    }
    nodes[0].net.send(null, 'votes', Uint8Array.of(1));
    await simulation.runUntil(1_000);
    expect(seen.sort()).toEqual(['n1', 'n5']);
  });

  it('turns to another peer when the copy that a node waits for is stopped', async () => {
    const { simulation, nodes, arrivals } = createRing({ delayMs: { min: 100, max: 100 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    // At 250 ms n3 waits for the copy that n2 announced first; n4 has the message, too.
    simulation.schedule(250, 'cut', () => simulation.cut([{ from: 'n2', to: 'n3' }]));
    await simulation.runUntil(2_000);
    expect(arrivals.find(({ to }) => to === 'n3')).toEqual({ to: 'n3', from: 'n4', at: 400, value: 1 });
    expect(arrivals).toHaveLength(5);
  });

  it('turns to another peer when the copy is stuck, and takes one of the two', async () => {
    const { simulation, nodes, arrivals } = createRing({ delayMs: { min: 100, max: 100 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    simulation.schedule(250, 'clog', () => simulation.clog('n2', 'n3', 5_000));
    await simulation.runUntil(10_000);
    expect(arrivals.filter(({ to }) => to === 'n3')).toEqual([{ to: 'n3', from: 'n4', at: 400, value: 1 }]);
    expect(simulation.networkCounts().clogged).toBe(1);
  });

  it('reaches a node that restarted, from whom announces it later', async () => {
    const { simulation, nodes, arrivals, listen } = createRing({ delayMs: { min: 100, max: 100 } });
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    // n1 crashes while its copy is under way; n2 gets the message the other way round and announces it back.
    simulation.schedule(50, 'crash', () => simulation.kill('n1'));
    simulation.schedule(60, 'restart', () => listen(simulation.restart('n1')));
    await simulation.runUntil(2_000);
    expect(arrivals.filter(({ to }) => to === 'n1')).toEqual([{ to: 'n1', from: 'n2', at: 500, value: 1 }]);
  });

  describe('over an uplink that sends to one peer after the other', () => {
    // 960 bytes take 80 ms at 100 kbit/s: the first peer has them at 90 ms, the second would at 170 ms.
    const SLOW = { outboundLinks: 2, delayMs: { min: 10, max: 10 }, bandwidth: { kbitPerSecond: 100, nodes: ['n0'] } };
    const createTriangle = () => {
      const created = createNewsNetwork(3, SLOW);
      created.nodes[0].net.send(null, 'news', new Uint8Array(960));
      const [first = '', second = ''] = created.nodes[0].net.peers();
      return { ...created, first, second };
    };

    it('reaches a node that restarted before its copy came, however long another takes', async () => {
      const { simulation, arrivals, listen, first, second } = createTriangle();
      simulation.schedule(20, 'crash', () => simulation.kill(second));
      simulation.schedule(30, 'restart', () => listen(simulation.restart(second)));
      simulation.schedule(50, 'slower', () =>
        simulation.setConditions({ outboundLinks: 2, delayMs: { min: 200, max: 200 } }),
      );
      await simulation.runUntil(2_000);
      expect(arrivals.map(({ to, from, at }) => `${from}>${to}@${at}`)).toEqual([
        `n0>${first}@90`,
        `${first}>${second}@290`,
      ]);
    });

    it('still comes that way when another peer promises more than its own uplink can do', async () => {
      const { simulation, arrivals, first, second } = createTriangle();
      simulation.schedule(50, 'other', () => {
        simulation.setConditions({ ...SLOW, bandwidth: { kbitPerSecond: 100, nodes: [first] } });
      });
      await simulation.runUntil(2_000);
      expect(arrivals.map(({ to, from, at }) => `${from}>${to}@${at}`)).toEqual([`n0>${first}@90`, `n0>${second}@170`]);
    });
  });

  it('survives loss by the other ways that a message has', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(50, { outboundLinks: 8, lossPermille: 200 });
    for (let count = 0; count < 20; count++) nodes[0].net.send(null, 'news', Uint8Array.of(count));
    await simulation.runUntil(5_000);
    expect(arrivals).toHaveLength(20 * 49);
    expect(simulation.networkCounts().lost).toBeGreaterThan(500);
  });

  it('comes twice only where the conditions make duplicates and replays', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(30, {
      outboundLinks: 4,
      duplicatePermille: 200,
      lateReplayPermille: 100,
    });
    for (let count = 0; count < 20; count++) nodes[0].net.send(null, 'news', Uint8Array.of(count));
    await simulation.runUntil(30_000);
    const { duplicated, replayed, delivered } = simulation.networkCounts();
    expect(duplicated).toBeGreaterThan(60);
    expect(replayed).toBeGreaterThan(25);
    expect(arrivals).toHaveLength(delivered);
    expect(delivered).toBe(20 * 29 + duplicated + replayed);
  });

  it('makes one event of one delivery', async () => {
    const { simulation, nodes } = createNewsNetwork(200, { outboundLinks: 8 });
    const begin = simulation.eventCount();
    for (let count = 0; count < 10; count++) nodes[0].net.send(null, 'news', Uint8Array.of(count));
    await simulation.runUntil(5_000);
    expect(simulation.networkCounts().delivered).toBe(10 * 199);
    expect(simulation.eventCount() - begin).toBe(10 * 199);
  });

  it('is not repeated when a partition heals: nodes ask for what they lack', async () => {
    const { simulation, nodes, arrivals } = createNewsNetwork(10, { outboundLinks: 9 });
    const halves = [nodes.slice(0, 5), nodes.slice(5)].map((half) => half.map(({ name }) => name));
    simulation.partition(halves);
    nodes[0].net.send(null, 'news', Uint8Array.of(1));
    await simulation.runUntil(1_000);
    simulation.heal();
    await simulation.runUntil(2_000);
    expect(arrivals.map(({ to }) => to).sort()).toEqual(['n1', 'n2', 'n3', 'n4']);
    nodes[0].net.send(null, 'news', Uint8Array.of(2));
    await simulation.runUntil(3_000);
    expect(arrivals).toHaveLength(4 + 9);
  });
});
