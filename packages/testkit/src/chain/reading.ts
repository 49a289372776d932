/**
 * Stored blocks come back as they were.
 *
 * @module
 */
import type { Block, BlockLocator, StoredBlock } from '@fiducia/consensus/ports';
import { fingerprint } from '../inspect/fingerprint.ts';
import { type Requirement, recordOf, type Trial, textOf, updateOf } from './trial.ts';

const PROOF = Uint8Array.of(0, 1, 254, 255);
const CHUNKS = [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(1_000).fill(9)];

/** Reads in one turn of the event loop, while a commit lasts. */
const READS_PER_TURN = 50;

/** Requirements on reading. */
export const READING_REQUIREMENTS: readonly Requirement[] = [
  {
    title: 'begins with a genesis of height 0 without parent and author, the same on every node (contract section 11)',
    check: checkNew,
  },
  { title: 'gives a block and its record back, byte for byte, by id, by height and as head', check: checkStored },
  { title: 'keeps proof and checkpoint beside their block', check: checkNotes },
  { title: 'reads blocks of other branches by id, and not by height', check: checkSide },
  { title: 'shows a commit in whole or not at all while it lasts', check: checkOverlap },
  { title: 'holds in a new process what it held', needs: 'durability', check: checkRestart },
];

/** The stored block at a place, which has to be there. */
export async function readAt({ chain, require }: Trial, locator: BlockLocator): Promise<StoredBlock> {
  const stored = await chain.read(locator);
  const place = 'height' in locator ? `height ${locator.height}` : locator.kind;
  require(stored !== null, `nothing is read at ${place}`);
  return stored as StoredBlock;
}

/** Fails unless this block is read there, with the record that it was stored with. */
export async function requireAt(trial: Trial, locator: BlockLocator, block: Block): Promise<void> {
  const stored = await readAt(trial, locator);
  const place = 'height' in locator ? `height ${locator.height}` : locator.kind;
  const { header } = stored.block;
  trial.require(
    header.id === block.header.id,
    `at ${place} stands block ${header.height} ${header.id} in place of block ${block.header.height} ${block.header.id}`,
  );
  trial.require(textOf(stored.block) === textOf(block), `block ${header.height} came back changed`);
  trial.require(
    fingerprint(stored.record) === fingerprint(recordOf(block)),
    `the record of block ${header.height} is [${stored.record}] in place of [${recordOf(block)}]`,
  );
}

async function checkNew(trial: Trial): Promise<void> {
  const { chain, require } = trial;
  const genesis = await trial.genesis();
  const { height, parentId, author } = genesis.header;
  require(height === 0, `genesis has height ${height}`);
  require((await chain.read({ kind: 'id', id: parentId })) === null, 'the parent of genesis is a block');
  require(author === '', `genesis has the author ${author}`);
  for (const locator of [
    { kind: 'head' },
    { kind: 'height', height: 0 },
    { kind: 'id', id: genesis.header.id },
  ] as const) {
    const { block } = await readAt(trial, locator);
    require(textOf(block) === textOf(genesis), `${locator.kind} of a new chain is not genesis`);
  }
  const finalized = await chain.read({ kind: 'finalized' });
  require(finalized === null || finalized.block.header.height === 0, 'a new chain has a final block above genesis');
  const again = await trial.apart((other) => other.genesis());
  require(textOf(again) === textOf(genesis), 'two nodes have different genesis blocks');
}

async function checkStored(trial: Trial): Promise<void> {
  const { chain, require } = trial;
  const made = await trial.grow(await trial.genesis(), 5);
  for (const { block } of made) {
    await requireAt(trial, { kind: 'id', id: block.header.id }, block);
    await requireAt(trial, { kind: 'height', height: block.header.height }, block);
  }
  const head = made.at(-1)?.block ?? (await trial.genesis());
  await requireAt(trial, { kind: 'head' }, head);
  require((await chain.read({ kind: 'height', height: 6 })) === null, 'something stands above the head');
  require((await chain.read({ kind: 'id', id: `${head.header.id}x` })) === null, 'an id that no block has is read');
}

async function checkNotes(trial: Trial): Promise<void> {
  const [first, second, third] = await trial.elsewhere([], 3, 0);
  if (first === undefined || second === undefined || third === undefined) return;
  for (const one of [first, second, third]) await trial.execute(one);
  const update = updateOf([first, second, third]);
  const store = update.store.map((item) => (item.block === first.block ? { ...item, proof: PROOF } : item));
  const { id } = second.block.header;
  await trial.chain.commit({ ...update, store, finalized: { id, proof: PROOF }, checkpoint: { id, chunks: CHUNKS } });
  await requireNotes(trial, second.block);
  const kept = await readAt(trial, { kind: 'id', id: third.block.header.id });
  trial.require(kept.proof === undefined && kept.checkpoint === undefined, 'a block has the notes of another one');
  if (trial.subject.isVolatile === true) return;
  await trial.restart();
  await requireNotes(trial, second.block);
}

async function requireNotes(trial: Trial, block: Block): Promise<void> {
  await requireAt(trial, { kind: 'finalized' }, block);
  const { proof, checkpoint } = await readAt(trial, { kind: 'id', id: block.header.id });
  trial.require(fingerprint(proof) === fingerprint(PROOF), `the proof is [${proof}] in place of [${PROOF}]`);
  const found = checkpoint && [...checkpoint];
  trial.require(
    fingerprint(found) === fingerprint(CHUNKS),
    `of a checkpoint of ${CHUNKS.map(({ length }) => length)} bytes came back ${found?.map(({ length }) => length)}`,
  );
}

async function checkSide(trial: Trial): Promise<void> {
  const adopted = await trial.grow(await trial.genesis(), 3);
  const side = await trial.elsewhere(adopted.slice(0, 1), 2, 1);
  for (const one of side) await trial.execute(one);
  const head = adopted.at(-1)?.block ?? (await trial.genesis());
  await trial.chain.commit(updateOf(side, { headId: head.header.id, applied: [] }));
  for (const { block } of [...side, ...adopted]) await requireAt(trial, { kind: 'id', id: block.header.id }, block);
  for (const { block } of adopted) await requireAt(trial, { kind: 'height', height: block.header.height }, block);
  await requireAt(trial, { kind: 'head' }, head);
}

async function checkOverlap(trial: Trial): Promise<void> {
  const [before] = await trial.grow(await trial.genesis(), 1);
  const rest = await trial.elsewhere(before === undefined ? [] : [before], 3, 0);
  for (const one of rest) await trial.execute(one);
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  const committed = Promise.resolve(trial.chain.commit(updateOf(rest)));
  // What is seen meanwhile may end the check before the commit ends, which may fail then with nobody left to wait for it.
  void committed.then(end, end);
  for (let count = 1; !isOver; count++) {
    const height = (await trial.chain.read({ kind: 'head' }))?.block.header.height;
    if (height !== 1 && height !== 4)
      trial.require(false, `while blocks 2 to 4 were stored, the head had height ${height}`);
    // A disk makes progress only between the turns of the event loop.
    if (count % READS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await committed;
  await requireAt(trial, { kind: 'head' }, rest.at(-1)?.block ?? (await trial.genesis()));
}

async function checkRestart(trial: Trial): Promise<void> {
  const adopted = await trial.grow(await trial.genesis(), 4);
  const side = await trial.elsewhere(adopted.slice(0, 2), 1, 1);
  const head = adopted.at(-1)?.block ?? (await trial.genesis());
  await trial.adopt(side, { headId: head.header.id, applied: [] });
  await trial.restart();
  for (const { block } of adopted) {
    await requireAt(trial, { kind: 'id', id: block.header.id }, block);
    await requireAt(trial, { kind: 'height', height: block.header.height }, block);
  }
  for (const { block } of side) await requireAt(trial, { kind: 'id', id: block.header.id }, block);
  await requireAt(trial, { kind: 'head' }, head);
  trial.require((await trial.chain.read({ kind: 'height', height: 5 })) === null, 'something stands above the head');
  const more = await trial.elsewhere([...adopted.slice(0, 2), ...side], 1, 1);
  for (const one of [...more, ...(await trial.elsewhere(adopted, 1, 2))]) await trial.execute(one);
  await trial.grow(head, 1);
}
