/**
 * Updates of every form: branches that are left, and final blocks.
 *
 * @module
 */
import type { ChainUpdate } from '@fiducia/consensus/ports';
import { requireAt } from './reading.ts';
import { type Made, type Requirement, type Trial, updateOf } from './trial.ts';

const HEIGHT_MAX = 9;

/** Requirements on updates. */
export const COMMIT_REQUIREMENTS: readonly Requirement[] = [
  { title: 'leaves one branch for another, longer or shorter, at every height', check: checkReorganisation },
  { title: 'returns to a branch that it left', check: checkReturn },
  { title: 'moves the final block on, and keeps what descends from it', check: checkFinality },
];

/** An update that leaves part of the adopted branch. */
interface Fork {
  /** The adopted branch, from height 1 on. */
  readonly adopted: readonly Made[];
  /** What replaces it above the stem. */
  readonly branch: readonly Made[];
  /** How much of it both have in common. */
  readonly stem: number;
}

async function forkOf(trial: Trial, stem: number, left: number, right: number): Promise<Fork> {
  const adopted = await trial.grow(await trial.genesis(), stem + left);
  return { adopted, branch: await trial.elsewhere(adopted.slice(0, stem), right, 1), stem };
}

function switchOf({ adopted, branch, stem }: Fork): ChainUpdate {
  return updateOf(branch, { reverted: idsOf(adopted.slice(stem)).reverse() });
}

function idsOf(made: readonly Made[]): string[] {
  return made.map(({ block }) => block.header.id);
}

async function requireBranch(trial: Trial, made: readonly Made[]): Promise<void> {
  for (const { block } of made) await requireAt(trial, { kind: 'height', height: block.header.height }, block);
  const tip = made.at(-1)?.block ?? (await trial.genesis());
  await requireAt(trial, { kind: 'head' }, tip);
  for (let height = tip.header.height + 1; height <= HEIGHT_MAX; height++) {
    const above = await trial.chain.read({ kind: 'height', height });
    trial.require(
      above === null,
      `block ${above?.block.header.height} stands above the head of height ${tip.header.height}`,
    );
  }
}

async function checkReorganisation(trial: Trial): Promise<void> {
  for (const [left, right] of [
    [1, 1],
    [2, 4],
    [4, 2],
  ] as const) {
    await trial.apart(async (other) => {
      const fork = await forkOf(other, 2, left, right);
      for (const one of fork.branch) await other.execute(one);
      await other.chain.commit(switchOf(fork));
      const now = [...fork.adopted.slice(0, 2), ...fork.branch];
      await requireBranch(other, now);
      for (const { block } of fork.adopted) await requireAt(other, { kind: 'id', id: block.header.id }, block);
      await requireBranch(other, [...now, ...(await other.grow(now.at(-1)?.block ?? (await other.genesis()), 1))]);
    });
  }
}

async function checkReturn(trial: Trial): Promise<void> {
  const fork = await forkOf(trial, 1, 2, 3);
  for (const one of fork.branch) await trial.execute(one);
  await trial.chain.commit(switchOf(fork));
  const more = await trial.elsewhere(fork.adopted, 2, 2);
  await trial.adopt(more, {
    reverted: idsOf(fork.branch).reverse(),
    applied: idsOf([...fork.adopted.slice(1), ...more]),
  });
  await requireBranch(trial, [...fork.adopted, ...more]);
  if (trial.subject.isVolatile !== true) await trial.restart();
  await requireBranch(trial, [...fork.adopted, ...more]);
  await trial.grow(more.at(-1)?.block ?? (await trial.genesis()), 1);
}

async function checkFinality(trial: Trial): Promise<void> {
  const { adopted, branch } = await forkOf(trial, 2, 4, 2);
  const head = adopted.at(-1)?.block ?? (await trial.genesis());
  await trial.adopt(branch, { headId: head.header.id, applied: [] });
  for (const final of [adopted[0], adopted[2]]) {
    if (final === undefined) return;
    await trial.chain.commit(updateOf([], { headId: head.header.id, finalized: { id: final.block.header.id } }));
    await requireAt(trial, { kind: 'finalized' }, final.block);
    const kept = adopted.slice(adopted.indexOf(final));
    for (const { block } of kept) await requireAt(trial, { kind: 'height', height: block.header.height }, block);
    await requireAt(trial, { kind: 'head' }, head);
  }
  const [more] = await trial.elsewhere(adopted.slice(0, 4), 1, 2);
  if (more !== undefined) await trial.adopt([more], { headId: head.header.id, applied: [] });
  await trial.grow(head, 1);
}
