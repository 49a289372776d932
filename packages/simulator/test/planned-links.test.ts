import { beforeEach, describe, expect, it } from 'vitest';
import { createSimulation, type SimulatedPorts, type Simulation } from '../src/index.ts';
import { type LinkFault, Links } from '../src/run/links.ts';
import { sha256 } from './support/hash.ts';

let simulation: Simulation;
let nodes: SimulatedPorts[];
let links: Links;
/** Which messages arrived, by sender and recipient, with the time. */
let arrived: Map<string, number>;

beforeEach(() => {
  simulation = createSimulation({ seed: 1, startTime: 0, sha256, network: { delayMs: { min: 1, max: 1 } } });
  nodes = [0, 1, 2, 3].map((index) => simulation.addNode(`node-${index}`));
  links = new Links(simulation);
  arrived = new Map();
  for (const [index, node] of nodes.entries()) {
    node.net.subscribe('ping', async (from) => {
      arrived.set(`${from.slice(-1)}${index}`, simulation.now());
      return 'accept';
    });
  }
});

/** Pairs of nodes that hear each other now. */
async function reach(): Promise<string> {
  arrived.clear();
  for (const node of nodes) node.net.send(null, 'ping', new Uint8Array());
  await simulation.runUntil(simulation.now() + 2);
  return [...arrived.keys()]
    .filter(([from = '', to = '']) => from < to)
    .sort()
    .join(' ');
}

describe('planned faults of links that overlap (simulation section 3)', () => {
  it('part whom any of several partitions parts, and end one by one', async () => {
    const alone: LinkFault = { kind: 'partition', at: 0, until: 100, groups: [[0]] };
    const halves: LinkFault = { kind: 'partition', at: 0, until: 100, groups: [[0, 1], [2]] };
    links.begin(alone);
    expect(await reach()).toBe('12 13 23');
    links.begin(halves);
    expect(await reach()).toBe('');
    links.end(alone);
    expect(await reach()).toBe('01');
    links.begin({ kind: 'oneWay', at: 0, until: 100, links: [{ from: 0, to: 1 }] });
    links.end(halves);
    expect(await reach()).toBe('02 03 12 13 23');
    links.endAll();
    expect(await reach()).toBe('01 02 03 12 13 23');
  });

  it('clog a link until the last of several clogs ends', async () => {
    const clog = { kind: 'clog', at: 0, from: 0, to: 1 } as const;
    const short: LinkFault = { ...clog, until: 20 };
    links.begin({ ...clog, until: 50 });
    links.begin(short);
    nodes[0]?.net.send('node-1', 'ping', new Uint8Array());
    await simulation.runUntil(20);
    links.end(short);
    await simulation.runUntil(60);
    expect(arrived.get('01')).toBe(50);
  });
});
