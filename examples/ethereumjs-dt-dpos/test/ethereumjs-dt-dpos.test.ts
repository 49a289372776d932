import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScenario, type ScenarioReport } from '../src/scenario.ts';
import { summarise } from '../src/summary.ts';

const folders: string[] = [];

async function run(isMalicious: boolean, blocks: number): Promise<ScenarioReport> {
  const folder = mkdtempSync(join(tmpdir(), 'fiducia-ethereumjs-'));
  folders.push(folder);
  return runScenario({ folder, isMalicious, blocks });
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('an EthereumJS chain under DT-DPoS', () => {
  let report: ScenarioReport;
  beforeAll(async () => {
    report = await run(true, 310);
  }, 120_000);

  it('runs at least 300 blocks with real transactions, and both nodes end alike', () => {
    expect(report.blocks).toBeGreaterThanOrEqual(300);
    expect(report.transactions).toBeGreaterThan(600);
    expect(report.gas).toBeGreaterThan(30_000_000n);
    expect(report.troubles).toEqual([]);
    const [north, south] = report.ends;
    expect(north).toBeDefined();
    expect(south).toEqual(north);
  });

  it('takes trust and seat from a sealer that is absent and works wrongly', () => {
    const before = report.epochs.filter(({ height }) => height <= 100);
    const after = report.epochs.filter(({ height }) => height >= 120);
    for (const { elected } of before) expect(elected).toContain('mallory');
    for (const { elected, trust } of after) {
      expect(elected).not.toContain('mallory');
      expect(elected).toHaveLength(4);
      expect(trust.mallory).toBeLessThan(Math.min(...elected.map((name) => trust[name] ?? 0)));
    }
    expect(after.at(-1)?.trust.mallory).toBeLessThan(300_000);
    expect(report.sealed.mallory).toBeGreaterThan(20);
  });

  it('reorganises the smaller side of a cut', () => {
    expect(report.reorganisations).toHaveLength(1);
    expect(report.reorganisations[0]).toBeGreaterThanOrEqual(2);
  });

  it('has the same consensus state after a restart, from a checkpoint and from genesis', () => {
    const { restart } = report;
    expect(restart?.height).toBeGreaterThan(200);
    expect(restart?.before).toMatch(/^0x[0-9a-f]{64}$/);
    expect(restart?.after).toBe(restart?.before);
    expect(restart?.replayed).toBe(restart?.before);
  });

  it('admits a newcomer from the journal of the contract', () => {
    expect(report.epochs[0]?.trust).not.toHaveProperty('wave');
    expect(report.epochs.at(-1)?.trust.wave).toBeGreaterThan(0);
  });

  it('carries directives into the state of accounts', () => {
    expect(report.publishedTrust).toBe(report.epochs.at(-2)?.trust.wind);
    expect(report.work).toBeGreaterThan(20);
    expect(report.earned).toBeGreaterThan(0n);
  });

  it('says so in a summary', () => {
    const text = summarise(report);
    expect(text).toContain(`${report.blocks} blocks in ${report.slots} slots`);
    expect(text).toContain('Blocks refused and faults: none.');
    // The same each time and everywhere: the page shows it.
    expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(text);
  });

  it('keeps the sealer elected if it does no wrong', async () => {
    const { epochs, troubles, sealed } = await run(false, 140);
    expect(troubles).toEqual([]);
    for (const { elected } of epochs) expect(elected).toContain('mallory');
    expect(epochs.at(-1)?.trust.mallory).toBeGreaterThan(700_000);
    expect(sealed.mallory).toBeGreaterThan(30);
  }, 120_000);
});
