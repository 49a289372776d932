/**
 * I8: the head equals the naive recomputation over all known valid blocks.
 *
 * During the run it only notes what each node learnt and where its head was after each event; at the end it compares
 * every block that a node knew at that time with every other, by states and weights derived from genesis. After a
 * restart, a node knows the branch of its head; that this was still the best of all that it knew before is compared once.
 *
 * @see docs/spec/simulation.md, section 7, I8.
 * @module
 */
import type { BlockId, Millis } from '@fiducia/consensus';
import type { Oracle, WorldNode } from '../run/world.ts';
import { type CreateChecker, isReadable, nameOf } from './checker.ts';
import type { FreshNode, FreshTree } from './fresh-tree.ts';

type Note =
  | { readonly kind: 'learnt'; readonly id: BlockId }
  | { readonly kind: 'forgot' }
  | { readonly kind: 'restarted' }
  | { readonly kind: 'stood'; readonly headId: BlockId; readonly finalId: BlockId; readonly at: Millis };

interface Diary {
  readonly notes: Note[];
  readonly node: WorldNode;
  storeGeneration: number;
}

/** Keeps a diary of every honest node. */
export const checkForkChoice: CreateChecker = ({ world, chronicle, derived, broken }) => {
  const diaries = new Map<string, Diary>();
  const withNews = new Set<Diary>();

  const note = (diary: Diary, entry: Note | null): void => {
    if (entry !== null) diary.notes.push(entry);
    withNews.add(diary);
  };
  const stand = (): void => {
    for (const diary of withNews) {
      const { node, notes } = diary;
      if (!isReadable(node)) continue;
      withNews.delete(diary);
      const { host } = node;
      notes.push({
        kind: 'stood',
        headId: host.head().header.id,
        finalId: host.finalized().id,
        at: world.simulation.now(),
      });
    }
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      const { name, host, storeGeneration } = node;
      const diary = diaries.get(name) ?? { notes: [], node, storeGeneration };
      diaries.set(name, diary);
      if (diary.storeGeneration !== storeGeneration) diary.notes.push({ kind: 'forgot' });
      diary.storeGeneration = storeGeneration;
      note(diary, { kind: 'restarted' });
      host.events.on('blockImported', ({ header }) => note(diary, { kind: 'learnt', id: header.id }));
      host.events.on('headChanged', () => note(diary, null));
      host.events.on('finalized', () => note(diary, null));
    },
    afterEvent() {
      if (withNews.size > 0) stand();
    },
    async finish() {
      stand();
      const tree = await derived();
      for (const { node, notes } of diaries.values()) readDiary(node.name, notes, tree, world.oracle, broken);
    },
  };
};

function readDiary(
  node: string,
  notes: readonly Note[],
  tree: FreshTree,
  oracle: Oracle | undefined,
  broken: (node: string, reason: string) => void,
): void {
  let known: FreshNode[] = [tree.genesis];
  let final = tree.genesis;
  let isRestarted = false;
  for (const note of notes) {
    if (note.kind === 'learnt') {
      const learnt = tree.get(note.id);
      if (learnt !== undefined && descends(learnt, final)) known.push(learnt);
      continue;
    }
    if (note.kind === 'forgot') {
      [known, final] = [[tree.genesis], tree.genesis];
      continue;
    }
    if (note.kind === 'restarted') {
      isRestarted = true;
      continue;
    }
    const head = tree.get(note.headId);
    if (head === undefined) continue;
    const standing = tree.get(note.finalId) ?? final;
    if (standing !== final) known = known.filter((block) => descends(block, standing));
    final = standing;
    let best = head;
    for (const block of known) if (compare(block, best, oracle) > 0) best = block;
    if (best === head) {
      // Stored blocks of other branches count again when they are imported again.
      if (isRestarted) known = known.filter((block) => descends(head, block));
      isRestarted = false;
      continue;
    }
    const [is, should] = [nameOf(head.tip.header), nameOf(best.tip.header)];
    broken(node, `at ${note.at} the head was ${is}, the best block known was ${should}`);
    return;
  }
}

function descends(block: FreshNode, ancestor: FreshNode): boolean {
  let node: FreshNode | null = block;
  while (node !== null && node.tip.header.height > ancestor.tip.header.height) node = node.parent;
  return node === ancestor;
}

/** The order of contract H-20 and H-35. Positive if `a` is better. */
function compare(a: FreshNode, b: FreshNode, oracle: Oracle | undefined): number {
  if (a.era !== b.era) return a.era.index - b.era.index;
  const { production, gadget } = a.era;
  const ofGadget = a.gadget && b.gadget ? (gadget?.rules.compareTips?.(a.gadget, b.gadget) ?? 0) : 0;
  if (ofGadget !== 0) return ofGadget;
  const preference = oracle?.compare?.(a.tip, b.tip) ?? production.rules.compareTips?.(a.tip, b.tip) ?? 0;
  if (preference !== 0) return preference;
  if (a.tip.totalWeight !== b.tip.totalWeight) return a.tip.totalWeight > b.tip.totalWeight ? 1 : -1;
  if (a.tip.header.id === b.tip.header.id) return 0;
  return a.tip.header.id < b.tip.header.id ? 1 : -1;
}
