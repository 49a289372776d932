import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtInInput } from '../src/input/load.ts';
import { escapeHtml } from '../src/report/render.ts';
import { prepareReportFolder, writeReport } from '../src/report/write.ts';
import { sampleResult, sampleResultWithoutTrust } from './support/sample-result.ts';

const input = builtInInput();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fiducia-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('report', () => {
  it('is one page with four described charts that loads nothing', async () => {
    const { html } = await writeReport(join(folder, 'new', 'place'), sampleResult(input), 1.25);
    const page = await readFile(html, 'utf8');
    expect(page.match(/<svg [^>]*role="img"/g)).toHaveLength(4);
    expect(page.match(/<title id="/g)).toHaveLength(4);
    expect(page.match(/<desc id="/g)).toHaveLength(4);
    expect(page.match(/<script|<link|<img|@import|url\(|src=/)).toBeNull();
    expect(page.match(/https?:\/\/[^"'< ]+/g)?.filter((url) => !url.includes('www.w3.org'))).toEqual([
      'https://doi.org/10.12677/MOS.2023.122093',
    ]);
  });

  it('says whose rules the market follows, how to repeat the run and what signed it', async () => {
    const { html } = await writeReport(folder, sampleResult(input), 1.25);
    const page = await readFile(html, 'utf8');
    expect(page.includes('are Fiducia’s own')).toBe(true);
    expect(
      page.includes(
        'fiducia demo --consensus dt-dpos --rounds 30 --malicious 6 --act invalid --seed 7 --schedule wrr --profile paper',
      ),
    ).toBe(true);
    expect(page.includes('portable library')).toBe(true);
    expect(page.includes('Node 6 turns malicious and is elected 2 times in 30 rounds')).toBe(true);
  });

  it('names what was refused, if anything was', async () => {
    const result = sampleResult(input);
    const poor = { ...result, history: { ...result.history, refusals: { TX_BALANCE: 1234 } } };
    const pageOf = async (shown: typeof result) => readFile((await writeReport(folder, shown, 1)).html, 'utf8');
    expect((await pageOf(poor)).includes('TX_BALANCE 1\u202f234 times')).toBe(true);
    expect((await pageOf(result)).includes('Refused')).toBe(false);
  });

  it('keeps every number of the run in report.json', async () => {
    const result = sampleResult(input);
    const { json } = await writeReport(folder, result, 1.25);
    const record: unknown = JSON.parse(await readFile(json, 'utf8'));
    expect(record).toMatchObject({ ...result.summary, options: result.options, wallSeconds: 1.25, settledSlots: 10 });
  });

  it('draws a run in which nothing was traded and nobody attacked', async () => {
    const result = sampleResult(input);
    const quiet = {
      ...result,
      options: { ...result.options, malicious: 0 },
      history: { ...result.history, emptySlots: [], slots: [] },
    };
    const page = await readFile((await writeReport(folder, quiet, 1)).html, 'utf8');
    expect(page.includes('Six honest nodes')).toBe(true);
    expect(page.match(/<svg [^>]*role="img"/g)).toHaveLength(3);
  });

  it('leaves trust out where there is none, and says what became of the offender', async () => {
    const page = await readFile((await writeReport(folder, sampleResultWithoutTrust(input), 1)).html, 'utf8');
    expect(page.match(/<svg [^>]*role="img"/g)).toHaveLength(3);
    expect(page.includes('DPoS energy network · seed 7')).toBe(true);
    expect(page.includes('<th scope="col">Deposit</th>')).toBe(true);
    expect(page.includes('Composite trust')).toBe(false);
    expect(page.includes('and it is left with a deposit of 0, jailed')).toBe(true);
  });

  it('names a folder that cannot be written', async () => {
    const file = join(folder, 'occupied');
    await writeFile(file, '');
    await expect(writeReport(file, sampleResult(input), 1)).rejects.toMatchObject({
      data: { code: 'FILE_ACCESS', operation: 'write' },
    });
    expect(await readdir(folder)).toEqual(['occupied']);
  });

  it.runIf(process.platform === 'linux')('gives up at once where no folder can be made', async () => {
    await expect(prepareReportFolder('/proc/fiducia/report')).rejects.toMatchObject({
      data: {
        code: 'FILE_ACCESS',
        file: '/proc/fiducia/report',
        reason: expect.stringContaining('does not let anybody'),
      },
    });
  });

  it('says what is final, after how long, and by how many certificates', async () => {
    const result = sampleResult(input);
    const finality = { ...result.summary.finality, kind: 'checkpoint' as const, certificates: 1234 };
    const shown = { ...result, options: { ...result.options, finality: 'checkpoint' as const } };
    const { html, json } = await writeReport(folder, { ...shown, summary: { ...result.summary, finality } }, 1);
    const page = await readFile(html, 'utf8');
    expect(page).toContain('final up to block 23 after 5 rounds, 6 for 99 of 100 blocks, 1\u202f234 certificates');
    expect(page).toContain('finality checkpoint, seed 7');
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      consensus: 'dt-dpos',
      finality,
      command: expect.stringContaining('--consensus dt-dpos --finality checkpoint --rounds 30'),
    });
  });

  it('escapes text from files', () => {
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
  });
});
