import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { DT_DPOS, PBFT } from '../src/protocols.ts';
import { runScenario, type Summary } from '../src/scenario.ts';
import { describeSummary } from '../src/summary.ts';

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));
const LEDGER_LINES_MAX = 200;

function sourcesIn(folder: string): readonly { readonly path: string; readonly text: string }[] {
  const paths = readdirSync(`${SOURCES}${folder}`, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => path.endsWith('.ts')).map((path) => `${folder}${path}`);
  return files.map((path) => ({ path, text: readFileSync(`${SOURCES}${path}`, 'utf8') }));
}

const importsOf = (text: string) => [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, name = '']) => name);

describe('a key-value chain that is not ours', () => {
  it('becomes a chain port in at most 200 lines of code', () => {
    const code = sourcesIn('port/').flatMap(({ text }) =>
      text.split('\n').filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line)),
    );
    expect(code.length).toBeGreaterThan(100);
    expect(code.length).toBeLessThanOrEqual(LEDGER_LINES_MAX);
  });

  it('is one without Fiducia: its own part imports nothing of it', () => {
    const own = sourcesIn('kv/');
    expect(own.length).toBeGreaterThanOrEqual(8);
    for (const { path, text } of own) {
      expect(
        importsOf(text).filter((name) => !name.startsWith('./') && !name.startsWith('node:')),
        path,
      ).toEqual([]);
    }
  });

  it('needs neither the ledger nor the container of Fiducia', () => {
    const names = sourcesIn('').flatMap(({ text }) => importsOf(text));
    expect(names).toContain('@fiducia/host');
    expect(names.filter((name) => /^@fiducia\/(ledger|di|node)/.test(name))).toEqual([]);
  });
});

const summaries = new Map<string, Summary>();
const summaryOf = (name: string): Summary => summaries.get(name) ?? expect.unreachable();

beforeAll(async () => {
  for (const protocol of [DT_DPOS, PBFT]) summaries.set(protocol.production.name, await runScenario(protocol));
});

describe.each(['dt-dpos', 'pbft'])('under %s', (name) => {
  it('keeps what was put, also on a node that was cut off', () => {
    expect(summaryOf(name).data).toEqual({ colour: 'blue', written: 'in the dark' });
  });

  it('goes on through a partition and a crash, and pays for every block', () => {
    const { height, rewards } = summaryOf(name);
    expect(height).toBeGreaterThanOrEqual(60);
    expect(rewards).toBe(5 * height);
  });

  it('lets a newcomer in, because of a deposit and votes in transactions', () => {
    expect(summaryOf(name).authors.eve).toBeGreaterThanOrEqual(5);
  });

  it('starts again from its journal, at the block at which it went down', () => {
    const { entries, height, others } = summaryOf(name).restart;
    expect(entries).toBeGreaterThanOrEqual(height);
    expect(height).toBeGreaterThanOrEqual(40);
    expect(others).toBeGreaterThan(height);
  });

  it('has a summary to read', () => {
    expect(describeSummary(summaryOf(name))).toContain(`blocks        ${summaryOf(name).height} on five nodes`);
  });
});

describe('what differs between the protocols', () => {
  it('DT-DPoS reverts blocks of the smaller side, and its trust is in the state of the chain', () => {
    const { reverted, trust, finalized } = summaryOf('dt-dpos');
    expect(reverted).toBeGreaterThanOrEqual(3);
    expect(finalized).toBe(0);
    expect(Object.keys(trust).sort()).toEqual(['ada', 'ben', 'cleo', 'dan', 'eve']);
    // Whoever was cut off or down missed slots and rounds.
    expect(trust.ada).toBeGreaterThan(Number(trust.dan));
    expect(trust.cleo).toBeGreaterThan(Number(trust.ben));
  });

  it('PBFT reverts nothing, and every block is final', () => {
    const { reverted, trust, finalized, height } = summaryOf('pbft');
    expect({ reverted, trust }).toEqual({ reverted: 0, trust: {} });
    expect(finalized).toBe(height);
  });

  it('the page prints what DT-DPoS came to', () => {
    const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`\`\`text\n${describeSummary(summaryOf('dt-dpos'))}\`\`\`\n`);
  });

  it('both run the same way each time', async () => {
    expect(await runScenario(PBFT)).toEqual(summaryOf('pbft'));
  });
});
