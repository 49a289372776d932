/**
 * Values of a state that was read from a store: decoded when they are asked for, by the table they are asked of.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { assertInvariant } from '../errors.ts';
import type { Codec } from './table.ts';
import type { Leaf } from './tree.ts';

/** An encoded value in the place of a decoded one. */
class StoredValue {
  readonly bytes: Bytes;
  #decoded: { readonly value: unknown } | undefined;

  constructor(bytes: Bytes) {
    this.bytes = bytes;
  }

  decode(codec: Codec<unknown>): unknown {
    this.#decoded ??= { value: codec.decode(this.bytes) };
    return this.#decoded.value;
  }
}

/** Only hashes and proofs need the bytes, and they have them. */
const STORED_CODEC: Codec<unknown> = {
  encode(value) {
    assertInvariant(value instanceof StoredValue, 'state', 'a stored entry holds a stored value');
    return value.bytes;
  },
  decode: (bytes) => new StoredValue(bytes),
};

/** An entry whose value was read from a store. @param key - As inside the tree. */
export function storedLeaf(key: string, bytes: Bytes): Leaf {
  return { key, value: new StoredValue(bytes), codec: STORED_CODEC, hash: undefined };
}

/** Value of an entry of a table with this codec. */
export function leafValue<T>({ value }: Leaf, codec: Codec<T>): T {
  return (value instanceof StoredValue ? value.decode(codec as Codec<unknown>) : value) as T;
}
