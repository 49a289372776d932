/**
 * Blocks asked from peers, and the answers to such questions.
 *
 * @module
 */
import { type BlockId, type BufferUsage, type Bytes, type Height, type PeerId, tryDecode } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { decodeProvenBlock, encodeProvenBlock, type ProvenBlock } from '../finality/proof-codec.ts';
import { decodeBlockRequest, encodeBlockList, encodeBlockRequest } from './block-requests.ts';
import type { HeldBlocks } from './held.ts';
import { BLOCKS_CHANNEL } from './intake.ts';
import { PeerQuota } from './waiting.ts';

const PEERS_ASKED_MAX = 3;
/** Peers asked beside those because they should have the block. */
const LIKELY_PEERS_MAX = 8;
const FETCHES_PER_PEER_MAX = 8;
/** Each may hold a mebibyte of blocks until it is answered. */
const QUESTIONS_PER_PEER_MAX = 32;
const LIST_BYTES_MAX = 1_048_576;

/** A block that a peer sent, with its proof if it had one. */
export interface FetchedBlock {
  readonly block: Block;
  /** Who sent it, which need not be the peer that was asked first: what it builds on is asked for there. */
  readonly from: PeerId;
  readonly proof?: Bytes;
}

/** A block that is being asked for. */
interface Search {
  readonly found: Promise<FetchedBlock | null>;
  /** Peers that should have it, since they sent what builds on it; asked before others. */
  readonly likely: PeerId[];
}

const NO_PROOF: Bytes = new Uint8Array();

/** Asks peers for single blocks, each once at a time, and answers peers. */
export class BlockFetcher {
  readonly #context: HostContext;
  readonly #held: HeldBlocks;
  readonly #onUnknown: (peer: PeerId) => void;
  readonly #running = new Map<BlockId, Search>();
  readonly #quota = new PeerQuota(FETCHES_PER_PEER_MAX);
  readonly #questions = new PeerQuota(QUESTIONS_PER_PEER_MAX);
  /** Where the next search begins among all peers. */
  #turn = 0;

  /**
   * @param held - Voters may need a block that nobody could import yet.
   * @param onUnknown - Told of a peer that asks what follows on a block that is not here.
   */
  constructor(context: HostContext, held: HeldBlocks, onUnknown: (peer: PeerId) => void) {
    this.#context = context;
    this.#held = held;
    this.#onUnknown = onUnknown;
  }

  usage(): readonly BufferUsage[] {
    return [...this.#quota.usage('fetches'), ...this.#questions.usage('questions')];
  }

  /** @param first - Peer to ask first. @returns `null` if nobody had it. */
  async fetch(id: BlockId, first: PeerId | null): Promise<FetchedBlock | null> {
    const running = this.#running.get(id);
    if (running !== undefined) return join(running, first);
    // What a peer makes this node ask for must not use up what others need (contract H-39).
    if (first !== null && !this.#quota.take(first)) return null;
    const likely = first === null ? [] : [first];
    const found = this.#ask(id, likely).finally(() => {
      this.#running.delete(id);
      if (first !== null) this.#quota.release(first);
    });
    this.#running.set(id, { found, likely });
    return found;
  }

  /** Answers a peer; `null` for anything it does not have or understand, or if it asks too much at once. */
  async serve(from: PeerId, bytes: Bytes): Promise<Bytes | null> {
    if (!this.#questions.take(from)) return null;
    try {
      return await this.#answer(from, bytes);
    } finally {
      this.#questions.release(from);
    }
  }

  async #answer(from: PeerId, bytes: Bytes): Promise<Bytes | null> {
    const request = tryDecode(() => decodeBlockRequest(bytes));
    if (request === undefined) return null;
    if (request.kind === 'byId') {
      const stored = await this.#context.chain.read({ kind: 'id', id: request.id });
      const block = stored?.block ?? this.#held.get(request.id);
      return block === undefined ? null : encodeProvenBlock({ block: block.bytes, proof: stored?.proof ?? NO_PROOF });
    }
    const start = await this.#lastCommonHeight(from, request.known);
    if (start === null) return null;
    return encodeBlockList(await this.#readAdopted(start + 1, request.count));
  }

  /** @param likely - More may be added meanwhile. */
  async #ask(id: BlockId, likely: readonly PeerId[]): Promise<FetchedBlock | null> {
    const { net, chain, limits } = this.#context;
    const others = inTurn(net.peers(), this.#turn);
    const asked = new Set<PeerId>();
    const isNew = (peer: PeerId): boolean => !asked.has(peer);
    const next = (): PeerId | undefined =>
      likely.find(isNew) ?? (asked.size < PEERS_ASKED_MAX ? others.find(isNew) : undefined);
    const question = encodeBlockRequest({ kind: 'byId', id });
    for (let peer = next(); peer !== undefined; peer = next()) {
      asked.add(peer);
      const bytes = await net.request(peer, BLOCKS_CHANNEL, question, limits.fetchTimeoutMs);
      if (!this.#context.isRunning()) return null;
      if (bytes === null) continue;
      const answer = tryDecode(() => decodeProvenBlock(bytes, limits.blockBytesMax));
      const block = answer === undefined ? null : chain.decode(answer.block, 'block');
      if (answer !== undefined && block?.header.id === id) {
        return { block, from: peer, ...(answer.proof.length > 0 && { proof: answer.proof }) };
      }
      net.penalise(peer, 'WRONG_BLOCK');
    }
    // The same few may have nothing for ever, and keep all others from being asked (contract H-39).
    this.#turn += PEERS_ASKED_MAX;
    return null;
  }

  async #lastCommonHeight(from: PeerId, known: readonly BlockId[]): Promise<Height | null> {
    const { chain } = this.#context;
    for (const [index, id] of known.entries()) {
      const stored = await chain.read({ kind: 'id', id });
      if (stored === null && index === 0) this.#onUnknown(from);
      if (stored === null) continue;
      const { height } = stored.block.header;
      const adopted = await chain.read({ kind: 'height', height });
      if (adopted?.block.header.id === id) return height;
    }
    return null;
  }

  async #readAdopted(from: Height, count: number): Promise<readonly ProvenBlock[]> {
    const { chain, limits } = this.#context;
    const blocks: ProvenBlock[] = [];
    const end = from + Math.min(count, limits.syncBatchBlocks);
    let size = 0;
    for (let height = from; height < end; height++) {
      const stored = await chain.read({ kind: 'height', height });
      if (stored === null) break;
      const { block, proof = NO_PROOF } = stored;
      size += block.bytes.length + proof.length;
      // At least one block, so that a large one cannot stop a peer for ever.
      if (size > LIST_BYTES_MAX && blocks.length > 0) break;
      blocks.push({ block: block.bytes, proof });
    }
    return blocks;
  }
}

/** All peers, beginning with another one in each turn. */
function inTurn(peers: readonly PeerId[], turn: number): readonly PeerId[] {
  const start = peers.length === 0 ? 0 : turn % peers.length;
  return start === 0 ? peers : [...peers.slice(start), ...peers.slice(0, start)];
}

/** Somebody else is asked already, and may never answer. */
function join({ found, likely }: Search, peer: PeerId | null): Promise<FetchedBlock | null> {
  if (peer !== null && likely.length < LIKELY_PEERS_MAX && !likely.includes(peer)) likely.push(peer);
  return found;
}
