import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeId } from './support.ts';
import { type Transcript, transcript } from './transcript.ts';

const fault = vi.hoisted(() => ({ isPlanted: false }));

vi.mock('../src/council.ts', async (original) => {
  const module = await original<typeof import('../src/council.ts')>();
  const createCouncil: typeof module.createCouncil = (...parameters) => {
    const council = module.createCouncil(...parameters);
    return fault.isPlanted ? { ...council, quorum: 2n } : council;
  };
  return { ...module, createCouncil };
});

afterEach(() => {
  fault.isPlanted = false;
});

/** The key of seat 0 on two machines, each with one half of the validators; then all hear each other. */
function play(): Transcript {
  const result = transcript('PT-20: one schedule of Twins: two machines with the key of node-00 (R2 to R4, Q2)', {
    twinOf: 0,
  });
  const { world, note } = result;
  note("node-00 and node-00' are one validator with one key on two machines, that do not know of each other");
  note("round 0: node-00 and node-01 hear each other only, and so do node-00', node-02 and node-03");
  const one = new Set([world.node(0), world.node(1)]);
  world.isLinked = (from, to) => one.has(from) === one.has(to);
  world.start().runFor(4_000);
  note('two of four seats sent PREPAREs for 1a, which is no quorum; if it were one, 1a and 1b would both be final now');
  note('everybody hears everybody again, what was said before included');
  world.isLinked = () => true;
  return result;
}

describe('pbft PT-22: a transcript of Twins', () => {
  it('pbft PT-20: pbft R2, R4, Q2: two machines with one key in two halves', async () => {
    const { world, note, check } = play();
    expect(world.runFor(20_000, () => world.nodes.every(({ height }) => height >= 1))).toBe(true);
    const blocks = new Set(world.nodes.map(({ chain }) => chain[1]?.tip.header.id));
    expect(blocks.size).toBe(1);
    expect([...world.offenders]).toEqual([nodeId(0)]);
    note('all splits of the first rounds, for the twin of any seat, are played in schedules.test.ts');
    await check('pt-20');
  });

  it('pbft PT-20: the same schedule ends with two final blocks if two of four were a quorum', () => {
    fault.isPlanted = true;
    expect(() => play()).toThrow('two final blocks at 1');
  });
});
