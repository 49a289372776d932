import { createHash } from 'node:crypto';
import type { HashFunction } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { measureManyNodes } from '../src/simulator/many-nodes.ts';
import { formatSimulation, measureMiners, measureOne } from '../src/simulator/report.ts';

const sha256: HashFunction = (data) => new Uint8Array(createHash('sha256').update(data).digest());
const SIZE = { nodes: 20, miners: 4, blocks: 6 };

describe('many nodes that mine', () => {
  it('all import every block, and the bare loop carries as many', async () => {
    const measured = await measureManyNodes(SIZE, sha256);
    expect(measured.imports).toBeGreaterThanOrEqual(SIZE.nodes * SIZE.blocks);
    expect(measured.bareMessages).toBe((SIZE.nodes - 1) * SIZE.blocks);
    expect(measured.microsecondsPerImport).toBeGreaterThan(0);
    const report = formatSimulation({ calibrationMs: 1, protocols: [], manyNodes: [measured] });
    expect(report).toContain(`| ${measured.traceHash} |`);
  });

  it('are not measured with a number of miners that is none', async () => {
    for (const miners of [0, 1.5, Number.NaN, 1_001]) await expect(measureMiners(miners)).rejects.toThrow('--miners');
  });

  it('leave the same trace every time (simulation E4)', async () => {
    const [first, again] = [await measureManyNodes(SIZE, sha256), await measureManyNodes(SIZE, sha256)];
    expect(again.traceHash).toBe(first.traceHash);
  });
});

describe('a protocol with faults', () => {
  it('is one of those that are measured', async () => {
    await expect(measureOne('paxos')).rejects.toThrow('--protocol takes one of dt-dpos, dpos, pos, pow, pbft');
  });
});
