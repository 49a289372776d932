import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './support/command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fiducia-replay-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('recordings of a demo', () => {
  it.each([
    ['dt-dpos', []],
    ['pbft', []],
    ['pow', ['--finality', 'checkpoint']],
  ])('of honest nodes replay to the same effects: %s %j', async (consensus, more) => {
    const record = join(folder, consensus);
    const out = join(folder, 'report');
    const options = ['--rounds', '21', '--malicious', '2', '--out', out, '--record', record];
    expect(await run('demo', '--consensus', consensus, ...more, ...options)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(record)).toEqual([1, 3, 4, 5, 6].map((number) => `node-${number}.jsonl`));
    const { exitCode, stdout } = await run('replay', join(record, 'node-3.jsonl'), '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ engines: 1 + more.length / 2, cutOff: false, difference: null });
  });

  it('shows the first difference, and fails', async () => {
    const lines = (await readFile(join(folder, 'dt-dpos', 'node-1.jsonl'), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes('"kind":"publish"'));
    const file = join(folder, 'changed.jsonl');
    await writeFile(file, lines.with(line, lines[line]?.replace('"kind":"publish"', '"kind":"hide"') ?? '').join('\n'));
    const { exitCode, stdout, stderr } = await run('replay', file);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`Line ${line + 1}: dt-dpos@1, era 0, on at`);
    expect(stdout).toMatch(/recorded \{.*"kind":"hide"/);
    expect(stdout).toMatch(/replayed \{.*"kind":"publish"/);
    expect(stderr).toContain(`line ${line + 1} of the recording gives other effects now`);
    expect(stderr).toContain('Expected if the code was changed since');
  });

  it('leave out a last line that a power failure tore, and say so', async () => {
    const whole = await readFile(join(folder, 'dt-dpos', 'node-1.jsonl'), 'utf8');
    const file = join(folder, 'torn.jsonl');
    const calls = whole.split('"kind":"inputHandled"').length;
    const torn = whole.slice(0, whole.lastIndexOf('"kind":"inputHandled"'));
    await writeFile(file, torn);
    const { exitCode, stdout } = await run('replay', file, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ calls: calls - 1, torn: true, difference: null });
    expect((await run('replay', file)).stdout).toContain('ends in the midst of a line');
    await writeFile(file, whole.slice(0, -1));
    expect(JSON.parse((await run('replay', file, '--json')).stdout)).toMatchObject({ calls, torn: false });
    await writeFile(file, `${torn}\n`);
    expect(await run('replay', file)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('line ') });
  });

  it('says what is wrong with a file that is no recording', async () => {
    const [empty, text, foreign] = ['empty', 'text', 'foreign'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(empty, '');
    await writeFile(text, 'Dear Sir,\n');
    const [first, , ...others] = (await readFile(join(folder, 'dt-dpos', 'node-1.jsonl'), 'utf8')).split('\n');
    await writeFile(foreign, [first, ...others].join('\n').replaceAll('dt-dpos@1', 'dt-dpos@7'));
    expect(await run('replay', empty)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('line 1') });
    expect(await run('replay', text)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('line 1') });
    expect(await run('replay', foreign)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('dt-dpos@7') });
    expect(await run('replay', join(folder, 'absent'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('cannot read'),
    });
  });

  it('says so where a file can be named, but not read', async () => {
    const { exitCode, stderr } = await run('replay', folder);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`cannot read ${folder}`)]);
  });

  it('never writes over a recording', async () => {
    const record = join(folder, 'dt-dpos');
    const out = join(folder, 'report');
    const { exitCode, stderr } = await run('demo', '--rounds', '21', '--out', out, '--record', record);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`cannot write ${join(record, 'node-1.jsonl')}`)]);
  });
});

describe('stored seeds', () => {
  const STORED = {
    commit: '0123456',
    subject: 'dpos',
    seed: 3,
    profile: 'default',
    plan: {
      nodes: 1,
      slots: 4,
      conditions: {},
      disk: {},
      faults: [],
      adversaries: [],
      workload: [],
      blocksMin: 2,
      coreNodes: [0],
      outside: [],
    },
    expected: { outcome: 'passes' },
    reason: 'nothing is wrong with it',
  };
  const store = async (name: string, change: object): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, `${JSON.stringify({ ...STORED, ...change }, null, 2)}\n`);
    return file;
  };

  it('run again, and say that they come to what is expected (simulation D2)', async () => {
    const file = await store('good.json', {});
    const { exitCode, stdout } = await run('replay', file, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ subject: 'dpos', seed: 3, violations: [], difference: null });
    expect((await run('replay', file)).stdout).toContain('passes, reproduced');
  });

  it('fail when they come to something else (simulation D1)', async () => {
    const { exitCode, stdout, stderr } = await run(
      'replay',
      await store('other.json', { expected: { outcome: 'I1' } }),
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('I1, NOT reproduced');
    expect(stderr).toContain('expected I1, came to passes');
  });

  it('are refused when they are not whole, or of a protocol that is not there', async () => {
    const subjects = ['raft', 'dpos+magic', 'pbft+checkpoint', 'pos+checkpoint+magic'].map((subject) => ({ subject }));
    for (const change of [...subjects, { seed: -1 }, { plan: null }]) {
      expect(await run('replay', await store('bad.json', change))).toMatchObject({ exitCode: 3 });
    }
    const { stderr } = await run('replay', await store('bad.json', { expected: null }));
    expect(stderr).toContain('neither a recording nor a stored seed: expected must be an object');
  });
});
