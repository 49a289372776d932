import { PassThrough } from 'node:stream';
import { stripVTControlCharacters as plain } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatCount, formatEnergy, formatPoints } from '../src/format.ts';
import { builtInInput } from '../src/input/load.ts';
import { createLiveLine, createLiveView, formatBar } from '../src/terminal/progress.ts';
import { formatCompareTable, formatNodeTable } from '../src/terminal/table.ts';
import { sampleResult, sampleResultWithoutTrust } from './support/sample-result.ts';

const input = builtInInput();

describe('terminal', () => {
  it('lays out role, elections, trust with its four parts, and class', () => {
    const lines = plain(formatNodeTable(sampleResult(input).summary.nodes, 6)).split('\n');
    expect(lines[0]?.trim().split(/\s{2,}/)).toEqual(['Node', 'Elections', 'Trust R', 'H', 'V', 'M', 'D', 'Class']);
    const row = (name: string) =>
      lines
        .find((line) => line.includes(name))
        ?.trim()
        .split(/\s{2,}/);
    expect(row('Wind')).toEqual(['1 Wind', '5', '96.0', '98.0', '100.0', '100.0', '115.0', 'TRUSTED']);
    expect(row('(malicious)')).toEqual([
      '6 Households (malicious)',
      '2',
      '12.0',
      '−43.3',
      '100.0',
      '100.0',
      '2.0',
      'MALICIOUS',
    ]);
  });

  it('lays out blocks and what the ledger holds where there is no trust', () => {
    const lines = plain(formatNodeTable(sampleResultWithoutTrust(input).summary.nodes, 6)).split('\n');
    const cells = lines.map((line) => line.trim().split(/\s{2,}/));
    expect(cells[0]).toEqual(['Node', 'Elections', 'Blocks', 'Deposit', 'Jailed']);
    expect(cells).toContainEqual(['1 Wind', '5', '5', '1000', 'no']);
    expect(cells).toContainEqual(['6 Households (malicious)', '2', '1', '0', 'yes']);
  });

  it('redraws bar, figures and table in place', () => {
    const screen = new PassThrough();
    const view = createLiveView(screen as unknown as NodeJS.WriteStream, 6);
    const { nodes } = sampleResult(input).summary;
    const figures = { blocks: 1234, nodes, rejectedBlocks: 2, evidence: 3, tradedWh: 5678 };
    view.update({ round: 1500, rounds: 3000, summary: figures });
    const drawn = plain(String(screen.read()));
    expect(drawn).toContain('round 1\u202f500 of 3\u202f000');
    expect(drawn).toContain('1\u202f234 blocks · 2 rejected · 3 proven · 5\u202f678 Wh traded');
    expect(drawn).toContain('6 Households (malicious)');
    view.close();
    // Clearing erases lines and writes nothing that stays.
    expect(plain(String(screen.read())).trim()).toBe('');
  });

  it('lays out what each protocol of a comparison needed', () => {
    const run = { applicationStateRoot: 'ab', blocks: 1234, rejectedBlocks: 5, messages: 20_735, bytes: 7_611_499 };
    const finalityMs = { p50: 126, p99: 60_366 };
    const table = formatCompareTable([
      { ...run, consensus: 'pos', finality: 'settle', finalityMs },
      { ...run, consensus: 'pbft', finality: 'instant', finalityMs },
    ]);
    const cells = plain(table)
      .split('\n')
      .map((line) => line.trim().split(/\s{2,}/));
    expect(cells).toEqual([
      ['Protocol', 'Blocks', 'Rejected', 'Messages', 'kB', 'Finality', 'p50 s', 'p99 s'],
      ['PoS', '1\u202f234', '5', '20\u202f735', '7\u202f611', 'settled', '0.1', '60.4'],
      ['PBFT', '1\u202f234', '5', '20\u202f735', '7\u202f611', 'final', '0.1', '60.4'],
    ]);
  });

  it('redraws a line in place', () => {
    const screen = new PassThrough();
    const line = createLiveLine(screen as unknown as NodeJS.WriteStream);
    line.update(0.5, 'PoS: round 2 of 4');
    expect(plain(String(screen.read()))).toContain('PoS: round 2 of 4');
    line.close();
    expect(plain(String(screen.read())).trim()).toBe('');
  });

  it('fills the bar in proportion and never beyond its ends', () => {
    expect([0, 0.5, 1, 2, -1].map((share) => plain(formatBar(share)).length)).toEqual([40, 40, 40, 40, 40]);
  });

  it('writes numbers alike everywhere', () => {
    expect([7, 1234, 8381384].map(formatCount)).toEqual(['7', '1\u202f234', '8\u202f381\u202f384']);
    expect([619_912, 88_393_000].map(formatEnergy)).toEqual([
      { value: '619.9', unit: 'kWh' },
      { value: '88.4', unit: 'MWh' },
    ]);
    expect([1_000_000, -433_333].map(formatPoints)).toEqual(['100.0', '−43.3']);
  });
});
