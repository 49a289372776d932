import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CampaignSummary } from '@fiducia/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './support/command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fiducia-simulate-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SETTINGS = ['--consensus', 'dpos', '--nodes', '4', '--seeds', '1..6', '--workers', '1'];
const parse = (text: string): CampaignSummary => JSON.parse(text);

describe('fiducia simulate', () => {
  it('prints one JSON object with what was run, what went wrong and one trace (simulation D4)', async () => {
    const { exitCode, stdout, stderr } = await run('simulate', ...SETTINGS, '--json');
    expect([exitCode, stderr]).toEqual([0, '']);
    const summary = parse(stdout);
    expect(summary).toMatchObject({
      subject: 'dpos',
      profile: 'default',
      nodes: 4,
      ranges: [{ from: 1, to: 6 }],
      seeds: 6,
      shortSeeds: 0,
      violations: [],
      commit: expect.stringMatching(/^([0-9a-f]{40}(\+[0-9a-f]{12})?|v\d+\.\d+\.\d+)$/),
    });
    expect(summary.events).toBeGreaterThan(3_000);
    expect(Object.keys(summary.faultCoverage).length).toBeGreaterThan(3);
    const [coverage] = (summary as Output).lineCoverage;
    expect(coverage?.covered).toBeGreaterThan(0.7 * (coverage?.lines ?? 0));
  });

  it('gives the same trace in shards, on more threads, and in two sittings (simulation D4)', async () => {
    const [first, second] = [join(folder, 'first.jsonl'), join(folder, 'second.jsonl')];
    const whole = parse((await run('simulate', ...SETTINGS, '--workers', '2', '--json')).stdout);

    await run('simulate', ...SETTINGS, '--seeds', '1..2', '--shard', '0/2', '--out', first);
    // The last line of a process that was killed counts for nothing, and its seeds run again.
    await appendFile(first, '{"format":"fiducia-sim');
    await run('simulate', ...SETTINGS, '--shard', '0/2', '--out', first);
    await run('simulate', ...SETTINGS, '--shard', '1/2', '--out', second);

    const { exitCode, stdout } = await run('simulate', 'merge', first, second, '--json');
    expect(exitCode).toBe(0);
    expect(parse(stdout)).toEqual(omitSpeed(whole));
  });

  it('says for people what happened in how many seeds', async () => {
    const { exitCode, stdout } = await run('simulate', '--consensus', 'pos', '--seeds', '3', '--faults', 'none');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Fiducia simulate, pos, faults none');
    expect(stdout).toMatch(/Violations +none found in 1 seeds?/);
    expect(stdout.includes('\u001b')).toBe(false);
  });

  it('fails with the seed and the command that runs it again', async () => {
    const file = join(folder, 'violated.jsonl');
    const { stdout } = await run('simulate', ...SETTINGS, '--seeds', '2', '--json');
    const violation = { seed: 2, invariant: 'I1', node: 'node-1', at: 5, reason: 'two final blocks' };
    await writeFile(file, `${JSON.stringify({ ...parse(stdout), violations: [violation] })}\n`);
    const merged = await run('simulate', 'merge', file);
    expect(merged.exitCode).toBe(1);
    expect(merged.stdout).toContain('seed 2: I1 node-1 two final blocks');
    expect(merged.stdout).toContain('fiducia simulate --consensus dpos --nodes 4 --faults default --seeds 2');
    expect(merged.stderr).toContain('dpos violated an invariant in 1 seed');
  });

  it.each([
    [['--seeds', '5..4'], 'a seed or a range'],
    [['--seeds', '-1'], 'a seed or a range'],
    [['--seeds', '1..999999999999999'], 'give it a part with --shard'],
    [['--shard', '2/2'], 'i/n'],
    [['--faults', 'some'], 'none, default, harsh'],
    [['--nodes', '0'], 'integer from 1'],
    [['--consensus', 'pbft', '--finality', 'checkpoint'], 'no meaning under PBFT'],
  ])('refuses %j', async (args, reason) => {
    const { exitCode, stderr } = await run('simulate', ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });

  it('prints one JSON object for a shard that has no seeds, too, which adds nothing to others', async () => {
    const [none, some] = [join(folder, 'none.json'), join(folder, 'some.json')];
    const shard = async (name: string) =>
      (await run('simulate', ...SETTINGS, '--seeds', '1', '--shard', name, '--json')).stdout;
    await writeFile(none, await shard('0/2'));
    await writeFile(some, await shard('1/2'));
    expect(parse((await run('simulate', 'merge', none, '--json')).stdout)).toMatchObject({ seeds: 0, ranges: [] });
    const merged = (await run('simulate', 'merge', none, some, '--json')).stdout;
    expect(merged).toBe((await run('simulate', 'merge', some, '--json')).stdout);
    expect((await run('simulate', ...SETTINGS, '--seeds', '1', '--shard', '0/2')).stdout).toContain('nothing to do');
  });

  it('shows defaults as they are typed', async () => {
    const { stdout } = await run('simulate', '--help');
    expect(stdout).toContain('(default: 1..100)');
    expect(stdout).not.toContain('{');
  });

  it('refuses files that are no results, or not of one campaign', async () => {
    const [text, pos, dpos] = ['text', 'pos.jsonl', 'dpos.jsonl'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(text, '{"format":"other"}\n');
    expect(await run('simulate', 'merge', text)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('line 1'),
    });
    expect(await run('simulate', 'merge', join(folder, 'absent'))).toMatchObject({ exitCode: 1 });
    const one = ['--nodes', '1', '--seeds', '1', '--faults', 'none'];
    await run('simulate', '--consensus', 'pos', ...one, '--out', pos);
    await run('simulate', '--consensus', 'dpos', ...one, '--out', dpos);
    expect(await run('simulate', 'merge', pos, dpos)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`subject is pos in ${pos}, and dpos in ${dpos}`),
    });
    expect(await run('simulate', 'merge', pos, pos)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`seed 1 is in ${pos} and in ${pos}`),
    });
    expect(await run('simulate', '--consensus', 'dpos', ...one, '--out', pos)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('holds results of pos'),
    });
  });
});

/** What a campaign found, without how fast it was and what it looked into. */
function omitSpeed(summary: CampaignSummary): object {
  const { wallSeconds, cpuSeconds, seedsPerSecond, eventsPerSecond, lineCoverage, ...rest } = summary as Output;
  expect([wallSeconds, cpuSeconds, seedsPerSecond, eventsPerSecond].every((value) => value > 0)).toBe(true);
  expect(lineCoverage).toEqual([
    { package: '@fiducia/consensus-dpos', lines: expect.any(Number), covered: expect.any(Number) },
  ]);
  return rest;
}

interface Output extends CampaignSummary {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly seedsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly lineCoverage: readonly { readonly package: string; readonly lines: number; readonly covered: number }[];
}
