/**
 * I9: what was acknowledged is present after reopen, and head, state and finality are of one version.
 *
 * Acknowledged is what the host told its observers, which it does before anything goes out to peers.
 *
 * @see docs/spec/simulation.md, section 7, I9.
 * @module
 */
import { type BlockId, type ConsensusHeader, compareBytes } from '@fiducia/consensus';
import { decodeBlock } from '@fiducia/ledger';
import type { WorldNode } from '../run/world.ts';
import { type CheckerContext, type CreateChecker, isReadable, nameOf, readableNodes } from './checker.ts';

/** What a node has acknowledged in all its lives on one store. */
interface Acknowledged {
  storeGeneration: number;
  readonly blocks: Map<BlockId, ConsensusHeader>;
  head: ConsensusHeader | null;
  final: ConsensusHeader | null;
}

/** Remembers what each node acknowledged and looks for it after each restart. */
export const checkDurability: CreateChecker = (context) => {
  const { world, chronicle, broken } = context;
  const promises = new Map<string, Acknowledged>();
  const reopened = new Set<WorldNode>();
  const unread = new Set<WorldNode>();

  const readAll = async (node: WorldNode): Promise<void> => {
    if (!isReadable(node) || node.isStoreWhole === false) return;
    await checkVersion(node, broken);
    await checkBlocks(node, acknowledgedBy(promises, node), context);
  };

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      const acknowledged = acknowledgedBy(promises, node);
      if (node.incarnation > 0) reopened.add(node);
      const { events } = node.host;
      events.on('blockImported', ({ header }) => acknowledged.blocks.set(header.id, header));
      events.on('headChanged', ({ tip }) => {
        acknowledged.head = tip.header;
      });
      events.on('finalized', ({ header }) => {
        acknowledged.final = header;
      });
    },
    afterEvent() {
      if (reopened.size === 0) return;
      for (const node of reopened) {
        if (!isReadable(node)) continue;
        reopened.delete(node);
        unread.add(node);
        checkHead(node, acknowledgedBy(promises, node), context);
      }
    },
    async settle() {
      for (const node of unread) await readAll(node);
      unread.clear();
    },
    async finish() {
      for (const node of readableNodes(world)) {
        checkHead(node, acknowledgedBy(promises, node), context);
        await readAll(node);
      }
    },
  };
};

function acknowledgedBy(promises: Map<string, Acknowledged>, { name, storeGeneration }: WorldNode): Acknowledged {
  const known = promises.get(name);
  if (known !== undefined && known.storeGeneration === storeGeneration) return known;
  const fresh = { storeGeneration, blocks: new Map(), head: null, final: null };
  promises.set(name, fresh);
  return fresh;
}

/**
 * A commit may have become durable without a word, so the head may be another than the one acknowledged last: but only
 * one that nobody has heard of, or that finality moved it to.
 */
function checkHead(
  node: WorldNode,
  { head, final, blocks }: Acknowledged,
  { broken, chronicle }: CheckerContext,
): void {
  // What a disk wrote over cannot be kept by any store.
  if (node.isStoreWhole === false) return;
  const opened = node.host.head().header;
  const finalized = node.host.finalized();
  if (final !== null && finalized.height < final.height) {
    broken(node.name, `${nameOf(final)} was final, after reopen only ${nameOf(finalized)}`);
  }
  const atFinal = chronicle.ancestorOf(opened, finalized.height);
  if (atFinal !== undefined && finalized.height > 0 && atFinal.id !== finalized.id) {
    broken(node.name, `the head ${nameOf(opened)} does not descend from the final block ${nameOf(finalized)}`);
  }
  if (head === null || opened.id === head.id) return;
  const isFinalityNew = finalized.height > (final?.height ?? 0);
  if (isFinalityNew || (opened.height > 0 && !blocks.has(opened.id))) return;
  broken(node.name, `the head was ${nameOf(head)}, after reopen ${nameOf(opened)}, which was known before and lost`);
}

/** Head, state and finality of one version. */
async function checkVersion({ name, host, ledger }: WorldNode, broken: CheckerContext['broken']): Promise<void> {
  const { header } = host.head();
  const finalized = host.finalized();
  const state = ledger.stateAt(header.id);
  const stored = await ledger.read({ kind: 'id', id: header.id });
  const adopted = await ledger.read({ kind: 'height', height: finalized.height });
  const block = stored === null ? null : decodeBlock(stored.block.bytes);
  if (block === null || typeof block === 'string') return broken(name, `the head ${nameOf(header)} is not stored`);
  if (state === undefined) broken(name, `the head ${nameOf(header)} has no state`);
  else if (compareBytes(state.root, block.fields.stateRoot) !== 0) {
    broken(name, `the state at ${nameOf(header)} is that of another block`);
  }
  if (adopted?.block.header.id !== finalized.id) {
    broken(name, `${nameOf(finalized)} is final, and the store holds ${adopted?.block.header.id ?? 'nothing'} there`);
  }
}

/** Every acknowledged block is stored, unless finality has ruled it out since. */
async function checkBlocks(node: WorldNode, { blocks }: Acknowledged, context: CheckerContext): Promise<void> {
  const { ledger } = node;
  // The ledger is the first to know what is final, and lets go of what that rules out before its host hears of it.
  const finalized = (await ledger.read({ kind: 'finalized' }))?.block.header ?? node.host.finalized();
  for (const header of [...blocks.values()]) {
    const isAbove = context.chronicle.ancestorOf(header, finalized.height)?.id === finalized.id;
    const isBelow = context.chronicle.ancestorOf(finalized, header.height)?.id === header.id;
    if (!isAbove && !isBelow && finalized.height > 0) continue;
    if ((await ledger.read({ kind: 'id', id: header.id })) !== null) continue;
    context.broken(node.name, `${nameOf(header)} was acknowledged and is not stored after reopen`);
    return;
  }
}
