import { type ConsensusPlugin, type ConsensusRules, type Effect, LIMITS } from '@fiducia/consensus';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createLoopbackNetwork,
  createMemoryLog,
  createRecordReplayer,
  createRecordWriter,
  isHostError,
  type RecordDifference,
} from '../src/index.ts';
import { createNode, NAMES } from './fixtures/nodes.ts';
import { roundRobin } from './fixtures/round-robin.ts';
import { gadget, type ScriptedState, scripted } from './fixtures/scripted.ts';
import { createStubCrypto } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const { sha256 } = createStubCrypto();
const PARTS = { plugins: [roundRobin()], sha256 };

/** Three validators for a few slots; the first one is recorded. */
async function record(): Promise<string[]> {
  const lines: string[] = [];
  const clock = createVirtualClock();
  const network = createLoopbackNetwork();
  const recorder = createRecordWriter({ ...PARTS, write: (line) => lines.push(line) });
  const nodes = NAMES.map((name, index) =>
    createNode({ name, clock, net: network.join(name), options: index === 0 ? { recorder } : {} }),
  );
  for (const node of nodes) await node.host.start();
  await clock.runUntil(clock.now() + 30_000);
  for (const node of nodes) await node.host.stop();
  return lines;
}

function replay(lines: readonly string[], plugins: readonly ConsensusPlugin[] = PARTS.plugins) {
  const replayer = createRecordReplayer({ plugins, sha256 });
  const differences: RecordDifference[] = [];
  for (const line of lines) {
    const difference = replayer.line(line);
    if (difference !== null) differences.push(difference);
  }
  return { replayer, differences };
}

/** The same plugin, but its engine answers one input in another way. */
function changed(answer: (effects: readonly Effect[]) => readonly Effect[]): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('round-robin has an engine');
      return {
        start: (start, now) => engine.start(start, now),
        on(input, now) {
          const effects = engine.on(input, now);
          return effects.some(({ kind }) => kind === 'publish') ? answer(effects) : effects;
        },
      };
    },
  };
}

describe('recordings (contract H-8)', () => {
  let lines: string[];
  beforeAll(async () => {
    lines = await record();
  });

  test('contract H-8: a recording replays to the same effects', () => {
    const { replayer, differences } = replay(lines);
    expect(differences).toEqual([]);
    expect(replayer.engines()).toBe(1);
    expect(replayer.calls()).toBeGreaterThan(12);
    expect(lines.some((line) => line.includes('"publish"'))).toBe(true);
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  });

  test('contract H-8: the first difference is shown with line, input and both effects', () => {
    const published = lines.findIndex((line) => line.includes('"publish"')) + 1;
    const { differences } = replay(lines, [changed(() => [{ kind: 'trace', event: 'OTHER' }])]);
    expect(differences[0]).toMatchObject({
      line: published,
      kind: 'inputHandled',
      era: 0,
      input: { kind: 'blockBuilt' },
      recorded: { kind: 'publish' },
      replayed: { event: 'OTHER', kind: 'trace' },
    });
    const thrown = replay(lines, [
      changed(() => {
        throw new Error('gone');
      }),
    ]);
    expect(thrown.differences[0]).toMatchObject({ line: published, replayed: null, failure: 'gone' });
  });

  test('contract H-8: a recording names what it was made with', () => {
    const missing = () => replay(lines, []);
    expect(codeOf(missing)).toBe('PLUGIN_MISSING');
    const other = () => replay(lines, [{ ...roundRobin(), version: '2.0.0' } as ConsensusPlugin]);
    expect(codeOf(other)).toBe('PLUGIN_MISSING');
  });

  test.each([
    ['another file', (all: string[]) => ['{"format":2}', ...all.slice(1)]],
    ['no JSON', () => ['x']],
    ['a list', () => ['[]']],
    ['a line cut short', (all: string[]) => [...all.slice(0, 2), all[2]?.slice(0, -3) ?? '']],
    [
      'an input before the start',
      (all: string[]) => [all[0] ?? '', all.find((line) => line.includes('"input":')) ?? ''],
    ],
    ['a missing chunk', (all: string[]) => all.filter((line) => !line.includes('"chunk":'))],
    ['an unknown kind', (all: string[]) => [...all, '{"kind":"guess"}']],
  ])('contract H-8: %s is refused with its line', (_name, spoil) => {
    expect(codeOf(() => replay(spoil(lines)))).toBe('RECORD_INVALID');
  });
});

test('contract H-8: two plugins with one state write it in two encodings', async () => {
  const nothing: ScriptedState = Object.freeze({ height: 0, facts: [] });
  const rules = { initialState: () => nothing, applyHeader: () => nothing };
  const codec: ConsensusRules<ScriptedState>['codec'] = {
    encode: () => [Uint8Array.of(7)],
    decode([chunk]) {
      if (chunk?.[0] !== 7 || chunk.length > 1) throw new TypeError('of another plugin');
      return nothing;
    },
  };
  const plugins = [scripted({ rules }), gadget({ rules: { ...rules, codec } })] as unknown as ConsensusPlugin[];
  const lines: string[] = [];
  const recorder = createRecordWriter({ plugins, sha256, write: (line) => void lines.push(line) });
  const place = { name: 'scripted', config: {} };
  const eras = [{ fromHeight: 1, production: place, finality: { ...place, name: 'gadget' } }];
  const node = createNode({ plugins, options: { eras, recorder } });
  await node.host.start();
  await settle();
  await node.host.stop();
  const { replayer, differences } = replay(lines, plugins);
  expect([differences, replayer.engines()]).toEqual([[], 2]);
});

test('contract H-8: an engine that starts from a long log is recorded in a line that is read again', async () => {
  const plugins = [scripted()] as unknown as ConsensusPlugin[];
  const log = createMemoryLog();
  const bytes = new Uint8Array(LIMITS.logEntryBytes).fill(0xa5);
  for (let height = 1; height <= 40; height++) await log.append({ era: 0, protocol: 'scripted@1', height, bytes });
  const lines: string[] = [];
  const recorder = createRecordWriter({ plugins, sha256, write: (line) => void lines.push(line) });
  const eras = [{ fromHeight: 1, production: { name: 'scripted', config: {} } }];
  const node = createNode({ plugins, options: { eras, log, recorder } });
  await node.host.start();
  await settle();
  await node.host.stop();
  expect(Math.max(...lines.map(({ length }) => length))).toBeGreaterThan(20_000_000);
  const { replayer, differences } = replay(lines, plugins);
  expect([differences, replayer.engines()]).toEqual([[], 1]);
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (thrown) {
    if (isHostError(thrown)) return thrown.data.code;
    throw thrown;
  }
  return undefined;
}
