import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isSimulationError, runTranscript } from '../src/index.ts';
import { sha256 } from './support/hash.ts';
import { inspectors, subjects } from './support/transcript-subjects.ts';

const FOLDER = fileURLToPath(new URL('../testdata/transcripts/', import.meta.url));
const play = (text: string): Promise<string> => runTranscript(text, { subjects, inspectors, sha256 });

/** `FIDUCIA_UPDATE=1 vitest run transcripts` writes what is printed now; read the difference before it is committed. */
const isUpdate = process.env.FIDUCIA_UPDATE === '1';

describe('scripted transcripts (simulation section 5)', () => {
  test.each(readdirSync(FOLDER))('%s tells what happens', async (file) => {
    const text = readFileSync(FOLDER + file, 'utf8');
    const played = await play(text);
    if (isUpdate) writeFileSync(FOLDER + file, played);
    expect(played).toBe(isUpdate ? played : text);
    expect(await play(played)).toBe(played);
  });

  test('teach happy path, missed slot, equivocation, partition, era switch, trust decay and a malicious node', () => {
    const names = ['equivocation', 'era-switch', 'happy-path', 'malicious-node', 'missed-slot', 'partition-and-heal'];
    expect(readdirSync(FOLDER)).toEqual([...names, 'trust-decay'].map((name) => `${name}.txt`));
  });

  test.each([
    ['run 1', 'no network was started'],
    ['network raft', 'unknown subject raft'],
    ['network dpos nodes=65', '65 is no integer from 1 to 64'],
    ['network dpos adversary=node-1:sulk', 'no adversary node-1:sulk'],
    ['network dpos\n\ndance', 'unknown command dance'],
    ['network dpos\n\nkill node-9', 'unknown node node-9'],
    ['network dpos\n\nrun 0', '0 is no integer'],
    ['network dpos\n\nshow mercy', 'nothing to show as mercy'],
    ['# only words\n----', 'output without a command'],
  ])('refuse %j', async (text, reason) => {
    const error = await play(text).catch((thrown: unknown) => thrown);
    expect(isSimulationError(error, 'TRANSCRIPT_INVALID')).toBe(true);
    expect(String(error)).toContain(reason);
  });
});
