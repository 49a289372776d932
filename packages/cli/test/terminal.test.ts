import { describe, expect, it } from 'vitest';
import { formatCount, formatEnergy, formatPoints } from '../src/format.ts';
import { builtInInput } from '../src/input/load.ts';
import { formatBar } from '../src/terminal/progress.ts';
import { formatNodeTable } from '../src/terminal/table.ts';
import { sampleResult } from './support/sample-result.ts';

const input = builtInInput();

/** Text without colours, which depend on the terminal the tests run in. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with a control character.
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}

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
