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
    ['network dpos adversary=node-9:equivocate', 'line=1, reason=no node-9, there are node-0 to node-3'],
    ['network dpos adversary=node-04:equivocate', 'no node-04'],
    ['network dpos adversary=node-1:grief,node-1:flood', 'node-1 is named twice'],
    ['network dpos adversary=', 'no adversary'],
    ['network dpos nodes=4 nodes=5', 'nodes is set twice'],
    ['network dpos node=5', 'network has no setting node'],
    ['network dpos seed=', 'an empty text is no integer'],
    ['network dpos pbft', 'network takes SUBJECT and nothing more'],
    ['network', 'network takes SUBJECT'],
    ['network dpos\n\ndance', 'unknown command dance'],
    ['network dpos\n\nkill node-9', 'line=3, reason=no node-9, there are node-0 to node-3'],
    ['network dpos nodes=1\n\nkill node-1', 'no node-1, there is node-0'],
    ['network dpos\n\nkill', 'kill takes one node or more'],
    ['network dpos\n\nkill node-1', 'node-1 does not run'],
    ['network dpos\n\nrun 1\n\nkill node-1 node-1', 'node-1 is named twice'],
    ['network dpos\n\nrun 1\n\nrestart node-1', 'node-1 runs already'],
    ['network dpos\n\npartition', 'partition takes one node or more'],
    ['network dpos\n\npartition node-9', 'line=3, reason=no node-9'],
    ['network dpos\n\nheal node-1', 'heal takes nothing'],
    ['network dpos\n\nheads node-1', 'heads takes nothing'],
    ['network dpos\n\nrun 1 2', 'run takes SLOTS and nothing more'],
    ['network dpos\n\nrun slots=2', 'run has no setting slots'],
    ['network dpos\n\nshow candidates 2', 'show takes NAME and nothing more'],
    ['network dpos\n\nrun 0', '0 is no integer'],
    ['network dpos\n\nshow mercy', 'nothing to show as mercy'],
    ['# only words\n----', 'output without a command'],
  ])('refuse %j', async (text, reason) => {
    const error = await play(text).catch((thrown: unknown) => thrown);
    expect(isSimulationError(error, 'TRANSCRIPT_INVALID')).toBe(true);
    expect(String(error)).toContain(reason);
  });

  test('tell of nodes that still stand at genesis', async () => {
    expect(await play('network dpos\n\nrun 1\n')).toContain('slot 0   nothing\nall at 0\n');
  });

  test('keep the comments behind the last command', async () => {
    const text = 'network dpos\n----\n4 nodes\n\n# What follows is told elsewhere.\n';
    expect(await play(text)).toBe(text);
  });
});
