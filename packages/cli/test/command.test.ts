import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './support/command.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fiducia-command-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('command line', () => {
  it.each([
    [['demo', '--rounds', '20'], 'integer from 21'],
    [['demo', '--rounds', '2.5e1'], 'integer from 21'],
    [['demo', '--malicious', '7'], 'integer from 0 to 6'],
    [['demo', '--seed', '-1'], 'integer from 0'],
    [['demo', '--act', 'sulk'], 'invalid, equivocate'],
    [['demo', '--schedule', 'permutation'], 'wrr, lottery'],
    [['demo', '--profile', 'mine'], 'paper, default'],
    [['demo', '--consensus', 'pos-pow'], 'dt-dpos, dpos, pos, pow, pbft'],
    [['demo', '--finality', 'soon'], 'checkpoint'],
    [['demo', '--consensus', 'pbft', '--finality', 'checkpoint'], '--finality: has no meaning under PBFT'],
    [['demo', '--consensus', 'dpos', '--schedule', 'wrr'], '--schedule: has no meaning under DPoS'],
    [['demo', '--consensus', 'pos', '--profile', 'paper'], '--profile: has no meaning under PoS'],
    [['demo', '--consensus', 'pow', '--act', 'equivocate'], '--act: must be invalid under PoW'],
    [['demo', '--unknown'], 'unknown option'],
    [['demo', 'surplus'], 'too many arguments'],
    [['experiment', 'fig9'], 'unknown command'],
    [['experiment', 'fig4a', '--level', 'half'], 'model, nodes'],
    [['compare', '--consensus', 'raft'], 'dt-dpos, dpos, pos, pow, pbft'],
    [['compare', '--seed', '1.5'], 'integer from 0'],
    [['rest'], 'unknown command'],
  ])('refuses %j as wrong usage', async (args, reason) => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(reason);
    expect(stderr).toContain('fiducia --help');
  });

  it.each([[['--help']], [['demo', '--help']], [['experiment', 'fig4b', '--help']]])(
    'documents options and exit codes with %j',
    async (args) => {
      const { exitCode, stdout } = await run(...args);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(
        'Exit codes: 0 success, 1 failure while running, 2 wrong usage, 3 malformed input or recording.',
      );
    },
  );

  it('names file, line, column and reason of a malformed input, and writes nothing', async () => {
    const file = join(folder, 'input.csv');
    await writeFile(
      file,
      'season,day,slot,wind1_actual_net_wh,wind1_forecast_net_wh\nwinter,0,0,-5,-4\nwinter,0,1,-5,x\n',
    );
    const { exitCode, stdout, stderr } = await run('demo', '--data', file, '--out', join(folder, 'report'));
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}, line 3, column 5 (wind1_forecast_net_wh): "x" is not an integer`);
    expect(stderr).toContain('Nothing was written.');
    expect(await readdir(folder)).toEqual(['input.csv']);
  });

  it('fails with advice when the input cannot be read', async () => {
    const { exitCode, stderr } = await run('demo', '--data', join(folder, 'absent.csv'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot read');
    expect(stderr).toContain('Check the path');
  });

  it('refuses a place for the report that is none, before it plays anything', async () => {
    const file = join(folder, 'occupied');
    await writeFile(file, '');
    const { exitCode, stdout, stderr } = await run('demo', '--rounds', '400000', '--out', file);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`cannot write ${file}`);
  });

  it('prints one JSON object and nothing else', async () => {
    const { exitCode, stdout, stderr } = await run('experiment', 'fig4a', '--level', 'model', '--json');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ counts: [40, 41, 41, 41, 42, 45], level: 'model', schedule: 'wrr' });
  });

  it('prints an experiment for people, without colours into a pipe', async () => {
    const { stdout } = await run('experiment', 'fig4b', '--level', 'model');
    expect(stdout).toContain('Fig. 4(b): node 6 malicious, level model, schedule wrr');
    expect(stdout).toMatch(/6 Households {7}9 {2}▪{9}\n/);
    expect(stdout.includes('\u001b')).toBe(false);
  });

  it('plays a short demo, prints its summary and writes the report', async () => {
    const out = join(folder, 'report');
    const { exitCode, stdout, stderr } = await run('demo', '--rounds', '21', '--malicious', '0', '--out', out);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const heading of ['Energy', 'Self-sufficiency', 'State roots', 'Signatures', 'Wall time', 'Report']) {
      expect(stdout).toContain(heading);
    }
    expect(await readdir(out)).toEqual(['report.html', 'report.json']);
    const report: unknown = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ rounds: 21, blocks: 21, rejectedBlocks: 0, energy: { slots: 7 }, settledSlots: 1 });
  });

  it('says what is simulated under proof of work, and writes the report without trust', async () => {
    const out = join(folder, 'report');
    const { exitCode, stdout } = await run('demo', '--consensus', 'pow', '--rounds', '21', '--out', out);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Fiducia demo, PoW, seed 1');
    expect(stdout).toContain('Mining takes virtual time and costs no hashes');
    expect(stdout).not.toContain('Trust');
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('PoW energy network · seed 1');
    expect(page).toContain('Mining takes virtual time and costs no hashes');
    const report: unknown = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ consensus: 'pow', options: { schedule: null, profile: null } });
    expect(report).toHaveProperty(
      'command',
      'fiducia demo --consensus pow --rounds 21 --malicious 6 --act invalid --seed 1',
    );
  });
});
