/**
 * Finality: proofs are judged, kept, spread and carried out; contradictions stop the node (contract H-20, H-22).
 *
 * @module
 */
import {
  type BlockId,
  type BufferUsage,
  type Bytes,
  type ConsensusHeader,
  compareBytes,
  type Height,
  MESSAGE_DOMAIN,
  type PeerId,
  type SignedMessage,
  tryDecode,
} from '@fiducia/consensus';
import type { Awaitable, Block, MessageOutcome } from '@fiducia/consensus/ports';
import { whenFailed } from '../awaitable.ts';
import type { HostContext } from '../context.ts';
import { type ActivateEra, decideEras } from '../era/decide.ts';
import { type ActivePlugin, finalizerOf } from '../era/schedule.ts';
import { toHex } from '../hex.ts';
import { checkClaims, judgeProof } from '../import/assess.ts';
import type { Lane } from '../import/lane.ts';
import { PeerBuffer } from '../import/peer-buffer.ts';
import { PeerQuota } from '../import/waiting.ts';
import { encodeCheckpoint } from '../record/checkpoint.ts';
import { groundOf, type TreeNode } from '../tree/block-tree.ts';
import type { HeadPath } from '../tree/fork-choice.ts';
import { isAnsweredFor } from './accountability.ts';
import type { FinalityConflict } from './conflict.ts';
import type { DelayedSpread } from './delayed-spread.ts';
import { decodeProofNotice, encodeProofNotice, type ProofNotice } from './proof-codec.ts';

/** Channel on which proofs are spread that travel without their block. */
export const PROOFS_CHANNEL = 'proofs';

/** What became of a proof. */
export type ProofOutcome =
  /** Its block is final now. */
  | { readonly kind: 'final' }
  /** Its block was final before. */
  | { readonly kind: 'known' }
  /** Nothing is said about it: its block, or what precedes it, is not here. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'rejected'; readonly code: string };

/** A message that a proof quotes. */
export interface QuotedMessage {
  readonly active: ActivePlugin;
  readonly message: SignedMessage;
  /** Height of the proven block. */
  readonly height: Height;
}

/** What finality makes the rest of the host do. */
export interface FinalityHooks {
  /** A block became final and is durable; called before `onHead`. */
  readonly onFinalized: (node: TreeNode) => void;
  /** The head had to move to a branch that descends from the final block. */
  readonly onHead: (node: TreeNode, path: HeadPath) => void;
  /** A peer proved a block that is not here. */
  readonly onMissing: (id: BlockId, from: PeerId) => void;
  /** A peer proved a block that is stored and not live: it was left, or its state has left memory. */
  readonly onPassed: (block: Block, proof: Bytes, from: PeerId) => Awaitable<MessageOutcome>;
  /** Derives the state before a block whose parent is not live, unless this peer has asked for enough. */
  readonly deriveParent: (header: ConsensusHeader, from: PeerId | null) => Promise<TreeNode | null>;
  /** The adopted block at the height of a proven rival, once for all rivals. */
  readonly onRivalled: (block: Block, proof: Bytes) => void;
  /** Two blocks that exclude each other are both proven. */
  readonly onConflict: (conflict: FinalityConflict) => void;
  /** Proofs of two blocks that exclude each other quote authentic messages; over once the engine has had them. */
  readonly onQuoted: (quotes: readonly QuotedMessage[]) => Promise<void>;
  /** Makes an announced era ready. */
  readonly activate: ActivateEra;
}

/** Knows how blocks become irreversible. What moves the chain runs in its lane. */
export class FinalityKeeper {
  readonly #context: HostContext;
  readonly #lane: Lane;
  readonly #hooks: FinalityHooks;
  /** Proofs of blocks that are not here yet. */
  readonly #pending: PeerBuffer<ProofNotice>;
  /** Proofs of each peer that are being judged. */
  readonly #quota: PeerQuota;
  readonly #later: DelayedSpread;
  #hasToldRivals = false;

  /** @param later - Shared with blocks that come together with their proof. */
  constructor(context: HostContext, lane: Lane, later: DelayedSpread, hooks: FinalityHooks) {
    this.#context = context;
    this.#lane = lane;
    this.#later = later;
    this.#hooks = hooks;
    const { pendingProofsMax, pendingProofsPerPeerMax } = context.limits;
    this.#pending = new PeerBuffer(pendingProofsMax, pendingProofsPerPeerMax);
    this.#quota = new PeerQuota(pendingProofsPerPeerMax);
  }

  usage(): readonly BufferUsage[] {
    return [...this.#pending.usage('pendingProofs'), ...this.#quota.usage('proofs')];
  }

  /** Handles a proof from a peer; the network passes on what made a block final. */
  async receive(from: PeerId, bytes: Bytes): Promise<MessageOutcome> {
    // A proof waits its turn in the lane, and no peer may fill that alone (contract H-39).
    if (!this.#quota.take(from)) return 'ignore';
    try {
      return await this.#receive(from, bytes);
    } finally {
      this.#quota.release(from);
    }
  }

  async #receive(from: PeerId, bytes: Bytes): Promise<MessageOutcome> {
    const { eras, branches, chain, crypto } = this.#context;
    const notice = tryDecode(() => decodeProofNotice(bytes));
    if (notice === undefined) return 'reject';
    if (!this.#context.isRunning() || eras.find(notice.era, notice.protocol) === undefined) return 'ignore';
    const node = branches.tree.get(notice.blockId);
    if (node !== undefined) return this.#receiveFor(node, notice, from);
    const stored = await chain.read({ kind: 'id', id: notice.blockId });
    // It may have been imported meanwhile.
    const arrived = branches.tree.get(notice.blockId);
    if (arrived !== undefined) return this.#receiveFor(arrived, notice, from);
    if (stored !== null) return this.#receiveForStored(stored.block, notice, from);
    this.#pending.add(`${notice.blockId}/${toHex(crypto.sha256(bytes))}`, notice, from);
    this.#hooks.onMissing(notice.blockId, from);
    return 'ignore';
  }

  /** Publishes a proof that the own engine assembled for a block that is here; only what holds is sent. */
  async publish(node: TreeNode, proof: Bytes): Promise<void> {
    const { header } = node.tip;
    const outcome = await this.#lane.run('own', () => this.#offerIfRunning(node, proof, null));
    if (outcome.kind === 'rejected') {
      this.#context.events.trace('OWN_PROOF_REJECTED', { id: header.id, code: outcome.code });
    }
    if (outcome.kind !== 'final' || !this.#context.isRunning()) return;
    const active = finalizerOf(this.#context.eras.at(header.height));
    if (active === null) return;
    const { era, protocol } = active;
    const notice = encodeProofNotice({ era, protocol, blockId: header.id, proof });
    this.#later.spread(header, () => this.#context.net.send(null, PROOFS_CHANNEL, notice));
  }

  /** The host may have stopped while the proof was looked up or waited: then nothing is to be stored any more. */
  #offerIfRunning(node: TreeNode, proof: Bytes, from: PeerId | null): Awaitable<ProofOutcome> {
    return this.#context.isRunning() ? this.offer(node, proof, from) : { kind: 'unknown' };
  }

  /** Judges a proof for a live block and, if it holds, makes the block final. Called in the lane. */
  async offer(node: TreeNode, proof: Bytes, from: PeerId | null): Promise<ProofOutcome> {
    const { branches } = this.#context;
    const { header } = node.tip;
    if (header.height <= branches.finalized.tip.header.height) return { kind: 'known' };
    const parent = branches.tree.parentOf(header.id) ?? (await this.#hooks.deriveParent(header, from));
    if (parent === null) return { kind: 'unknown' };
    const code = await this.#judge(header, proof, parent, from);
    if (code !== null) return code === 'PROOF_BUSY' ? { kind: 'unknown' } : { kind: 'rejected', code };
    await this.#finalize(node, proof);
    return { kind: 'final' };
  }

  /**
   * A block was stored: a proof may have come with it, or before it. Called in the lane.
   * @returns Why the one that came with it does not hold, or `null`.
   */
  arrived(node: TreeNode, proof: Bytes | undefined): Awaitable<string | null> {
    return proof === undefined && this.#pending.size === 0 ? null : this.#offerAll(node, proof);
  }

  async #offerAll(node: TreeNode, proof: Bytes | undefined): Promise<string | null> {
    const { header } = node.tip;
    const offered = proof === undefined ? null : await this.offer(node, proof, null);
    for (const notice of [...this.#pending.values()]) {
      if (notice.blockId === header.id) await this.offer(node, notice.proof, null);
    }
    this.#pending.deleteWhere((notice) => notice.blockId === header.id);
    return offered?.kind === 'rejected' ? offered.code : null;
  }

  /** A block that became final together with its own import is durable. */
  announce(node: TreeNode, proof: Bytes): void {
    const { eras, log, events } = this.#context;
    const { header } = node.tip;
    decideEras(eras, node.announced, this.#hooks.activate, events);
    for (const { era, protocol } of eras.at(header.height).plugins) {
      void whenFailed(
        () => log.truncate(era, protocol, header.height),
        (thrown) => this.#context.fault(thrown),
      );
    }
    events.emit('finalized', { header, proof });
    this.#hooks.onFinalized(node);
  }

  /**
   * Judges the proof of a block that cannot descend from the final one. If it holds, more weight misbehaved than
   * the protocol tolerates, unless nobody answers for it any more (contract H-46).
   *
   * @param parent - Derived again for this purpose alone.
   */
  async suspect(header: ConsensusHeader, proof: Bytes, parent: TreeNode): Promise<void> {
    const own = await this.#context.chain.read({ kind: 'height', height: header.height });
    // A copy with another seal is the same block: whoever signed it has signed nothing else.
    if (own !== null && compareBytes(own.block.header.sealHash, header.sealHash) === 0) return;
    if ((await this.#judge(header, proof, parent, null)) !== null) return;
    if (!this.#isAnsweredFor(header, proof, parent)) {
      this.#context.events.trace('RIVAL_UNACCOUNTABLE', { id: header.id, parentId: parent.tip.header.id });
      return;
    }
    const quotes = this.#quotesOf(header, proof, parent);
    if (own?.proof !== undefined && own.block.header.parentId === header.parentId) {
      quotes.push(...this.#quotesOf(own.block.header, own.proof, parent));
    }
    // Before the engine ends with the conflict: it may know what contradicts them.
    await this.#hooks.onQuoted(quotes);
    await this.convict(header, proof);
    // Those on the other side stop only once they hear of this one, and may know what its signers contradict.
    if (quotes.length === 0 || own?.proof === undefined || this.#hasToldRivals) return;
    this.#hasToldRivals = true;
    this.#hooks.onRivalled(own.block, own.proof);
  }

  #isAnsweredFor(header: ConsensusHeader, proof: Bytes, parent: TreeNode): boolean {
    const { eras, branches } = this.#context;
    const era = eras.at(header.height);
    const groups = judgeProof(era, proof, header, groundOf(parent));
    const node = branches.finalized;
    return (
      Array.isArray(groups) && isAnsweredFor({ groups, era, parent }, { node, era: eras.at(node.tip.header.height) })
    );
  }

  /**
   * Signers of both proofs contradict themselves wherever both quote messages for one place, and that is evidence; a
   * node that was elsewhere never saw those messages by themselves (contract H-29).
   */
  #quotesOf(header: ConsensusHeader, proof: Bytes, parent: TreeNode): QuotedMessage[] {
    const { height } = header;
    const judged = judgeProof(this.#context.eras.at(height), proof, header, groundOf(parent));
    const quotes: QuotedMessage[] = [];
    for (const { active, claims } of Array.isArray(judged) ? judged : []) {
      for (const claim of claims) {
        if (claim.kind !== 'signature' || claim.domain !== MESSAGE_DOMAIN) continue;
        const { signer: author, data: payload, signature } = claim;
        quotes.push({ active, message: { author, payload, signature }, height });
      }
    }
    return quotes;
  }

  /** Reports a proven block that excludes the final one. */
  async convict(header: ConsensusHeader, proof: Bytes): Promise<void> {
    const { branches, chain } = this.#context;
    const finalized = branches.finalized.tip.header;
    const stored = await chain.read({ kind: 'id', id: finalized.id });
    this.#hooks.onConflict({
      finalized,
      finalizedProof: stored?.proof ?? new Uint8Array(),
      conflicting: header,
      conflictingProof: proof,
    });
  }

  /**
   * Its state is gone: it is final, or it is beside the final chain, and then its proof convicts. Above the final block
   * it is one that a restart left out of memory, or that retention has passed.
   */
  async #receiveForStored(block: Block, { proof }: ProofNotice, from: PeerId): Promise<MessageOutcome> {
    const { chain, branches } = this.#context;
    const { height, id } = block.header;
    const adopted = await chain.read({ kind: 'height', height });
    const isFinal = adopted?.block.header.id === id && height <= branches.finalized.tip.header.height;
    return isFinal ? 'ignore' : this.#hooks.onPassed(block, proof, from);
  }

  async #receiveFor(node: TreeNode, notice: ProofNotice, from: PeerId): Promise<MessageOutcome> {
    const outcome = await this.#lane.run('peer', () => this.#offerIfRunning(node, notice.proof, from));
    if (outcome.kind === 'known') this.#later.heard(notice.blockId);
    if (outcome.kind === 'final') return 'accept';
    return outcome.kind === 'rejected' ? 'reject' : 'ignore';
  }

  /** @returns Why the proof does not hold, or `null`. */
  async #judge(header: ConsensusHeader, proof: Bytes, parent: TreeNode, from: PeerId | null): Promise<string | null> {
    const { eras, claims } = this.#context;
    const judged = judgeProof(eras.at(header.height), proof, header, groundOf(parent));
    if (!Array.isArray(judged)) return judged.code;
    const count = judged.reduce((sum, group) => sum + group.claims.length, 0);
    const failure = await claims.run(from, count, async () => (await checkClaims(this.#context, judged)) ?? 'holds');
    if (failure === null) return 'PROOF_BUSY';
    return failure === 'holds' ? null : failure.code;
  }

  async #finalize(node: TreeNode, proof: Bytes): Promise<void> {
    const { branches, chain, eras } = this.#context;
    const { header } = node.tip;
    const move = await branches.moveFor(node);
    const written = branches.checkpointDue;
    await chain.commit({
      store: [],
      headId: move.head.tip.header.id,
      reverted: move.path?.reverted ?? [],
      applied: move.path?.applied ?? [],
      finalized: { id: header.id, proof },
      ...(written && { checkpoint: { id: written.tip.header.id, chunks: encodeCheckpoint(written, eras) } }),
    });
    branches.finalize(node, move, written);
    this.announce(node, proof);
    if (move.path !== null) this.#hooks.onHead(move.head, move.path);
  }
}
