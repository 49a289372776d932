import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { pluginModule, portModule } from '@fiducia/di';
import { createRecordReplayer, type HostRecord, isHostError, type RecordReplayer } from '@fiducia/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNode, defaultModule, isNodeError, type RecordingOptions } from '../src/index.ts';
import { eras, even, GENESIS_TIME, genesis, slotTime } from './support/chain.ts';
import { createStoppedClock } from './support/clock.ts';
import { turns } from './support/turns.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiducia-recording-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One node that leads every second slot, recorded for some slots. */
async function runRecorded(recording: RecordingOptions) {
  const clock = createStoppedClock(GENESIS_TIME);
  const seen: HostRecord[] = [];
  const host = { recorder: (record: HostRecord) => void seen.push(record) };
  const node = await createNode({
    modules: [defaultModule({ genesis, keyPair: even, recording, host }), pluginModule(turns()), portModule({ clock })],
    eras,
  });
  await node.start();
  await clock.advanceTo(slotTime(9));
  await node.stop();
  return { lines: readFileSync(recording.file, 'utf8').trimEnd().split('\n'), seen };
}

async function replay(lines: readonly string[]): Promise<RecordReplayer> {
  const { sha256 } = await createCrypto();
  const replayer = createRecordReplayer({ plugins: [turns()], sha256 });
  for (const line of lines) expect(replayer.line(line)).toBe(null);
  return replayer;
}

describe('recording of a node', () => {
  it('replays to the same effects, and leaves other recorders alone', async () => {
    const { lines, seen } = await runRecorded({ file: join(folder, 'node.jsonl') });
    const replayer = await replay(lines);
    expect(replayer.calls()).toBe(seen.filter(({ kind }) => kind !== 'engineStopped').length);
    expect(replayer.calls()).toBeGreaterThan(8);
    expect(replayer.isCutOff()).toBe(false);
  });

  it('ends at its greatest size, and what was written still replays', async () => {
    const { lines, seen } = await runRecorded({ file: join(folder, 'node.jsonl'), bytesMax: 4_000 });
    const replayer = await replay(lines);
    expect(replayer.isCutOff()).toBe(true);
    expect(replayer.calls()).toBeGreaterThan(2);
    expect(replayer.calls()).toBeLessThan(seen.length - 1);
    expect(() => replayer.line('{"kind":"engineStopped"}')).toThrow('a line behind the end');
  });

  it('holds no key', async () => {
    const { lines } = await runRecorded({ file: join(folder, 'node.jsonl') });
    const secret = Buffer.from(keyPairFromSeed('even').secretKey).toString('hex');
    expect(lines.join().includes(secret)).toBe(false);
  });

  it('never writes over a file', async () => {
    const file = join(folder, 'node.jsonl');
    writeFileSync(file, 'precious');
    await expect(runRecorded({ file })).rejects.toSatisfy((error) => isNodeError(error, 'RECORDING_FAILED'));
    await expect(runRecorded({ file: join(folder, 'other'), bytesMax: 0 })).rejects.toSatisfy((error) =>
      isNodeError(error, 'RECORDING_FAILED'),
    );
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('is not begun by a node that is refused (contract H-37), so that its file is free for the next one', async () => {
    const recording = { file: join(folder, 'node.jsonl') };
    const needy = { ...turns(), requires: { ...turns().requires, facts: ['stake'] } } as const;
    const modules = [defaultModule({ genesis, keyPair: even, recording }), pluginModule(needy)];
    await expect(createNode({ modules, eras })).rejects.toSatisfy((error) => isHostError(error, 'FACTS_MISSING'));
    expect(existsSync(recording.file)).toBe(false);
    const { lines } = await runRecorded(recording);
    expect(lines.length).toBeGreaterThan(1);
  });

  it('is refused by plugins of another major version', async () => {
    const { lines } = await runRecorded({ file: join(folder, 'node.jsonl') });
    const { sha256 } = await createCrypto();
    const replayer = createRecordReplayer({ plugins: [{ ...turns(), version: '9.0.0' }], sha256 });
    const all = () => {
      for (const line of lines) replayer.line(line);
    };
    expect(all).toThrow('PLUGIN_MISSING');
    try {
      all();
    } catch (error) {
      expect(isHostError(error)).toBe(true);
    }
  });
});
