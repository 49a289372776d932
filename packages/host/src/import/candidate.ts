/**
 * A decoded block on its way in.
 *
 * @module
 */
import type { Bytes, PeerId } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';

/** How a block came. */
export interface Origin {
  /** What arrived: two encodings may have one block. */
  readonly bytes: Bytes;
  /** Finality proof that came with it. */
  readonly proof: Bytes | undefined;
  /** Who sent it; `null` for a local block. */
  readonly from: PeerId | null;
  /** Whether this node made it, so that it is sent out once its own import accepted it. */
  readonly own: boolean;
}

/** A decoded block on its way in. */
export class Candidate {
  readonly block: Block;
  readonly proof: Bytes | undefined;
  readonly from: PeerId | null;
  readonly own: boolean;
  readonly #bytes: Bytes;
  readonly #digestOf: (bytes: Bytes, proof: Bytes | undefined) => string;
  #digest: string | null = null;

  constructor(
    block: Block,
    { bytes, proof, from, own }: Origin,
    digestOf: (bytes: Bytes, proof: Bytes | undefined) => string,
  ) {
    this.block = block;
    this.proof = proof;
    this.from = from;
    this.own = own;
    this.#bytes = bytes;
    this.#digestOf = digestOf;
  }

  /**
   * Hash of all bytes: the id need not cover seal and body, so it cannot tell two encodings apart. Computed when it is
   * asked for, which nobody does for a block that has to wait for nothing and is accepted.
   */
  get digest(): string {
    this.#digest ??= this.#digestOf(this.#bytes, this.proof);
    return this.#digest;
  }
}
