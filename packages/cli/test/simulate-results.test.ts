import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CampaignSettings, type CampaignSummary, summariseSeed, type Violation } from '@fiducia/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFiduciaCommandError } from '../src/failure.ts';
import { sha256 } from '../src/simulate/sha256.ts';
import { formatResultLine, openResultFile, readResults } from '../src/simulate/store.ts';
import { run } from './support/command.ts';

const SETTINGS: CampaignSettings = { subject: 'dpos', profile: 'default', nodes: 4, commit: '12'.repeat(20) };

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiducia-results-'));
  file = join(folder, 'results.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function summaryOf(seed: number, violations: readonly Violation[] = [], settings = SETTINGS): CampaignSummary {
  const figures = { blocks: 30, events: 1_000, simulatedMs: 40_000, faultCoverage: { loss: 1 }, traceHash: `${seed}` };
  return summariseSeed(settings, { result: { seed, violations, ...figures }, hasRealSignatures: false }, sha256);
}

function append(part: CampaignSummary, settings = SETTINGS): void {
  const opened = openResultFile(file, settings);
  opened.append(part);
  opened.close();
}

describe('files of results (simulation D4)', () => {
  it('go on after a line that is longer in bytes than in characters, and after half of one', () => {
    const violation = { invariant: 'E6', node: null, at: 5, reason: 'größer als erlaubt — „so nicht“' } as const;
    append(summaryOf(1, [violation]));
    append(summaryOf(2));
    appendFileSync(file, '{"format":"fidu');
    append(summaryOf(3));
    expect(readResults(file)).toMatchObject([
      { violations: [{ seed: 1, ...violation }] },
      {},
      { ranges: [{ from: 3 }] },
    ]);
    // Half a letter is no letter, and has no place in the file.
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('ö').subarray(0, 1)]));
    append(summaryOf(4));
    expect(readResults(file)).toHaveLength(4);
  });

  it('keep a last line that lost nothing but its end, as copies do', async () => {
    const violation = { invariant: 'I1', node: null, at: 5, reason: 'two final blocks' } as const;
    append(summaryOf(1));
    append(summaryOf(2, [violation]));
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
    expect(await run('simulate', 'merge', file)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('seed 2'),
    });
    append(summaryOf(3));
    expect(readResults(file).map(({ ranges }) => ranges[0]?.from)).toEqual([1, 2, 3]);
  });

  it('with a seed twice, as two processes with one file leave it, are refused by name', () => {
    append(summaryOf(1));
    writeFileSync(file, `${formatResultLine(summaryOf(1))}\n`, { flag: 'a' });
    expect(() => openResultFile(file, SETTINGS)).toThrow(
      expect.toSatisfy((error) => isFiduciaCommandError(error) && /results.jsonl: SEEDS_OVERLAP/.test(error.message)),
    );
  });

  it.each(['{"keystore":1}', 'Dear Sir', '{"format":"fiducia-simulate/2"'])(
    'never take the place of a file of somebody else: %s',
    (text) => {
      writeFileSync(file, text);
      expect(() => openResultFile(file, SETTINGS)).toThrow(
        expect.toSatisfy((error) => isFiduciaCommandError(error) && error.data.code === 'MALFORMED_RECORDING'),
      );
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it.each([
    [{ subject: 'pos' }, 'holds results of dpos'],
    [{ profile: 'harsh' }, 'faults default'],
    [{ nodes: null }, '4 nodes'],
    [{ commit: 'ab'.repeat(20) }, 'commit 1212121212121212121212121212121212121212; this is commit abab'],
  ] as const)('are of one campaign and of one code: not of %j as well', (changes, reason) => {
    append(summaryOf(1));
    expect(() => openResultFile(file, { ...SETTINGS, ...changes })).toThrow(
      expect.toSatisfy((error) => isFiduciaCommandError(error) && error.message.includes(reason)),
    );
  });

  it('of different code are not added up', async () => {
    const other = join(folder, 'other.jsonl');
    append(summaryOf(1));
    writeFileSync(other, `${formatResultLine(summaryOf(2, [], { ...SETTINGS, commit: 'ab'.repeat(20) }))}\n`);
    const merged = await run('simulate', 'merge', file, other);
    expect(merged).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/commit is .* in .*, and (ab){20} in /),
    });
  });

  it.each([
    ['ranges', [{ from: 3, to: 'x' }]],
    ['ranges', [{ from: 3, to: 2 }]],
    ['violations', [null]],
    ['seedsByEvents', null],
    ['faultCoverage', { loss: -1 }],
    ['events', -5],
    ['nodes', 'four'],
    ['profile', 7],
  ])('are refused if %s is %j', async (field, value) => {
    writeFileSync(file, `${formatResultLine({ ...summaryOf(1), [field]: value })}\n`);
    const merged = await run('simulate', 'merge', file);
    expect(merged).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('the result is not complete') });
  });
});
