/**
 * Updates in the middle of which power fails.
 *
 * @module
 */
import type { ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';
import { fingerprint } from '../inspect/fingerprint.ts';
import { readAt } from './reading.ts';
import { type Made, type Requirement, type Trial, textOf, updateOf } from './trial.ts';

/** An update of a few blocks takes fewer writes than this, or something is wrong. */
const WRITES_MAX = 2_000;
const HEIGHT_MAX = 7;
const PROOF = Uint8Array.of(5);
const CHUNKS = [Uint8Array.of(1), new Uint8Array(), new Uint8Array(3_000).fill(2)];

/** An update, and what a chain has to know before. */
interface PowerCase {
  /** Adopted one by one, from height 1 on. */
  readonly adopted: readonly Made[];
  /** Executed, and stored by the update. */
  readonly blocks: readonly Made[];
  readonly update: ChainUpdate;
}

const CASES: Readonly<Record<string, (trial: Trial) => Promise<PowerCase>>> = {
  'new blocks': makeExtension,
  'a reorganisation': makeReorganisation,
  'a final block with its checkpoint': makeFinality,
};

/** Requirements on crashes. */
export const POWER_REQUIREMENTS: readonly Requirement[] = Object.entries(CASES).map(([what, makeCase]) => ({
  title: `stores ${what} in whole or not at all when power fails, wherever it fails (contract H-1)`,
  needs: 'powerLoss',
  check: (trial) => checkPower(trial, makeCase),
}));

async function makeExtension(trial: Trial): Promise<PowerCase> {
  const adopted = await trial.elsewhere([], 2, 0);
  const blocks = await trial.elsewhere(adopted, 3, 0);
  return { adopted, blocks, update: updateOf(blocks) };
}

async function makeReorganisation(trial: Trial): Promise<PowerCase> {
  const adopted = await trial.elsewhere([], 4, 0);
  const blocks = await trial.elsewhere(adopted.slice(0, 2), 3, 1);
  const reverted = adopted.slice(2).map(({ block }) => block.header.id);
  return { adopted, blocks, update: updateOf(blocks, { reverted: reverted.reverse() }) };
}

async function makeFinality(trial: Trial): Promise<PowerCase> {
  const adopted = await trial.elsewhere([], 4, 0);
  const [, second, , fourth] = adopted.map(({ block }) => block.header.id);
  const [id, headId] = [second ?? '', fourth ?? ''];
  const update = updateOf([], { headId, finalized: { id, proof: PROOF }, checkpoint: { id, chunks: CHUNKS } });
  return { adopted, blocks: [], update };
}

/** The same update, with one write more each time, until there were enough. */
async function checkPower(trial: Trial, makeCase: (trial: Trial) => Promise<PowerCase>): Promise<void> {
  const known = await makeCase(trial);
  const done = await trial.apart(async (other) => {
    await prepare(other, known);
    await other.chain.commit(known.update);
    await other.restart();
    return snapshotOf(other, known);
  });
  for (let writes = 0; writes <= WRITES_MAX; writes++) {
    if (await trial.apart((other) => isStoredWith(other, known, done, writes))) return;
  }
  trial.require(false, `${WRITES_MAX} writes are not enough for one update`);
}

async function prepare(trial: Trial, { adopted, blocks }: PowerCase): Promise<void> {
  for (const one of adopted) await trial.adopt([one]);
  for (const one of blocks) await trial.execute(one);
}

/** Fails unless all or nothing of the update is there after so many writes. @returns Whether they were enough. */
async function isStoredWith(trial: Trial, known: PowerCase, done: Snapshot, writes: number): Promise<boolean> {
  const { require } = trial;
  await prepare(trial, known);
  const before = await snapshotOf(trial, known);
  trial.place.losePower?.(writes);
  const isStored = await isCommitted(trial, known.update);
  await trial.restart();
  const after = await snapshotOf(trial, known);
  const when = `power failed after ${writes} writes`;
  const isDone = differences(after, done) === '';
  require(!isStored || isDone, `${when}; the update had been reported as stored, and is not there`);
  const parts = differences(withoutNotes(after, done), before);
  require(isDone || parts === '', `${when}; part of the update is there: ${parts}`);
  await requireWhole(trial, known, when);
  if (!isDone) {
    for (const one of known.blocks) await trial.execute(one);
    await trial.chain.commit(known.update);
    const again = differences(await snapshotOf(trial, known), done);
    require(again === '', `${when}; stored once more, the update leaves something else: ${again}`);
  }
  await trial.grow((await readAt(trial, { kind: 'head' })).block, 1);
  return isStored;
}

async function isCommitted({ chain }: Trial, update: ChainUpdate): Promise<boolean> {
  try {
    await chain.commit(update);
    return true;
  } catch {
    return false;
  }
}

/** A text of what is read, by place. */
type Snapshot = Readonly<Record<string, string>>;

async function snapshotOf({ chain }: Trial, { adopted }: PowerCase): Promise<Snapshot> {
  const heights = Array.from({ length: HEIGHT_MAX + 1 }, (_, height) => ({ kind: 'height', height }) as const);
  const ids = adopted.map(({ block }) => ({ kind: 'id', id: block.header.id }) as const);
  const snapshot: Record<string, string> = {};
  for (const locator of [{ kind: 'head' }, { kind: 'finalized' }, ...heights, ...ids] as const) {
    const stored = await chain.read(locator);
    const place = Object.values(locator).join(' ');
    const { block, record, proof, checkpoint } = stored ?? {};
    snapshot[place] = fingerprint([textOf(block), record]);
    snapshot[`proof at ${place}`] = fingerprint(proof);
    snapshot[`checkpoint at ${place}`] = fingerprint(checkpoint && [...checkpoint]);
  }
  return snapshot;
}

/** Proof or checkpoint of a block that was there before may be there already, if it is whole. */
function withoutNotes(found: Snapshot, done: Snapshot): Snapshot {
  const isNote = (place: string): boolean => place.startsWith('proof') || place.startsWith('checkpoint');
  return Object.fromEntries(Object.entries(found).filter(([place, text]) => !isNote(place) || text !== done[place]));
}

/** Places at which other things are read. */
function differences(found: Snapshot, expected: Snapshot): string {
  return Object.entries(found)
    .filter(([place, text]) => text !== expected[place])
    .map(([place]) => place)
    .join(', ');
}

/** A block of an update that is not there may be read by its id, but not in part. */
async function requireWhole({ chain, require }: Trial, { blocks, update }: PowerCase, when: string): Promise<void> {
  for (const [index, { block }] of blocks.entries()) {
    const stored = await chain.read({ kind: 'id', id: block.header.id });
    const isWhole = stored === null || wholeOf(stored) === wholeOf(update.store[index]);
    require(isWhole, `${when}; of a new block only a part is read`);
  }
}

function wholeOf(stored: StoredBlock | undefined): string {
  return `${textOf(stored?.block)} ${fingerprint(stored?.record)}`;
}
