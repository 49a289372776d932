import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createReports } from '../src/reports.ts';

describe('a ledger of forty lines that is not ours', () => {
  it('has forty lines of code', () => {
    const source = readFileSync(new URL('../src/ledger.ts', import.meta.url), 'utf8');
    const code = source.split('\n').filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line));
    expect(code.length).toBeLessThanOrEqual(40);
  });

  it('runs under every plugin, and the same way each time', async () => {
    const reports = await createReports();
    expect(await createReports()).toEqual(reports);
    const chains = reports.filter((report) => 'points' in report);
    expect(chains.length).toBeGreaterThanOrEqual(4);
    for (const { points } of chains) {
      for (const line of ['alice was here', 'bob was here', 'alice came back', 'bob came back']) {
        expect(points).toHaveProperty(line, 1);
      }
    }
  });
});
