import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChainReport, SETUPS } from '../src/chains.ts';
import { createReports } from '../src/reports.ts';

describe('a ledger of forty lines that is not ours', () => {
  let reports: Awaited<ReturnType<typeof createReports>> = [];
  let chains: readonly ChainReport[] = [];
  beforeAll(async () => {
    reports = await createReports();
    chains = reports.filter((report) => 'points' in report);
  });

  it('has forty lines of code', () => {
    const source = readFileSync(new URL('../src/ledger.ts', import.meta.url), 'utf8');
    const code = source.split('\n').filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line));
    expect(code.length).toBeLessThanOrEqual(40);
  });

  it('keeps under every plugin what was written on either node', () => {
    expect(chains).toHaveLength(SETUPS.length);
    for (const { height, points } of chains) {
      expect(height).toBeGreaterThanOrEqual(20);
      for (const line of ['alice was here', 'bob was here', 'alice came back', 'bob came back']) {
        expect(points).toHaveProperty(line, 1);
      }
    }
  });

  it('runs the same way each time', async () => {
    expect(await createReports()).toEqual(reports);
  });

  it('ends in final blocks where the protocol promises them', () => {
    const finalizedBy = new Map(chains.map(({ protocol, finalized }) => [protocol, finalized]));
    expect(finalizedBy.get('pbft')).toBeGreaterThanOrEqual(20);
    expect(finalizedBy.get('dpos + checkpoint')).toBeGreaterThanOrEqual(8);
    expect(finalizedBy.get('dpos')).toBe(0);
  });
});
