/**
 * Blocks asked from peers by identity, and the answers to such questions.
 *
 * @module
 */
import { type BlockId, ByteReader, type Bytes, ByteWriter, type PeerId, tryDecode } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { BLOCKS_CHANNEL } from './intake.ts';

const ID_BYTES_MAX = 256;
const PEERS_ASKED_MAX = 3;

/** Question for one block. */
export function encodeBlockRequest(id: BlockId): Bytes {
  return new ByteWriter().text(id).finish();
}

/** Asks peers for single blocks; each block is asked for once at a time. */
export class BlockFetcher {
  readonly #context: HostContext;
  readonly #running = new Map<BlockId, Promise<Block | null>>();

  constructor(context: HostContext) {
    this.#context = context;
  }

  /** @param first - Peer to ask first. @returns `null` if nobody had it. */
  fetch(id: BlockId, first: PeerId | null): Promise<Block | null> {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const fetching = this.#ask(id, first).finally(() => this.#running.delete(id));
    this.#running.set(id, fetching);
    return fetching;
  }

  /** Answers a peer. */
  async serve(bytes: Bytes): Promise<Bytes | null> {
    const id = tryDecode(() => {
      const reader = new ByteReader(bytes, 'block request');
      const text = reader.text(ID_BYTES_MAX);
      reader.finish();
      return text;
    });
    if (id === undefined) return null;
    const stored = await this.#context.chain.read({ kind: 'id', id });
    return stored?.block.bytes ?? null;
  }

  async #ask(id: BlockId, first: PeerId | null): Promise<Block | null> {
    const { net, chain, limits } = this.#context;
    const others = net.peers().filter((peer) => peer !== first);
    const asked = (first === null ? others : [first, ...others]).slice(0, PEERS_ASKED_MAX);
    for (const peer of asked) {
      const bytes = await net.request(peer, BLOCKS_CHANNEL, encodeBlockRequest(id), limits.fetchTimeoutMs);
      if (!this.#context.isRunning()) return null;
      if (bytes === null) continue;
      const block = bytes.length > limits.blockBytesMax ? null : chain.decode(bytes, 'block');
      if (block?.header.id === id) return block;
      net.penalise(peer, 'WRONG_BLOCK');
    }
    return null;
  }
}
