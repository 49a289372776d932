/**
 * Domain separation: where a signature counts (contract.md, section 7).
 *
 * @module
 */
import { ConsensusError } from './errors.ts';
import type { RulesContext } from './plugin.ts';
import type { Bytes } from './primitives.ts';

/** First bytes of every scope; the number is the version of the signature scheme. */
const SCOPE_PREFIX = 'fiducia/1';

const CHAIN_ID_BYTES = 32;
const UINT32_MAX = 2 ** 32 - 1;

/**
 * The bytes of a scope, for whoever implements a crypto port:
 * `"fiducia/1" ‖ chainId(32) ‖ u32 era ‖ len·protocol ‖ len·label`, lengths as 32-bit big-endian.
 *
 * What is signed is `SHA-256( SHA-256(these bytes) ‖ data )`.
 *
 * @param domain - Label of the kind of artefact, e.g. `seal`.
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE` for a chain id that has not 32 bytes, or an era that has more than 32 bits.
 * @see docs/spec/contract.md, section 7.
 * @example
 * ```ts
 * const place = sha256(encodeSigningScope({ chainId, era: 0, protocol: 'dt-dpos@1' }, SEAL_DOMAIN));
 * const signed = sha256(Uint8Array.from([...place, ...sealHash]));
 * ```
 */
export function encodeSigningScope(
  { chainId, era, protocol }: Pick<RulesContext, 'chainId' | 'era' | 'protocol'>,
  domain: string,
): Bytes {
  requireRange('chainId', chainId.length === CHAIN_ID_BYTES, chainId.length, '32 bytes');
  requireRange('era', Number.isInteger(era) && era >= 0 && era <= UINT32_MAX, era, 'an unsigned 32-bit integer');
  const encoder = new TextEncoder();
  const parts = [encoder.encode(protocol), encoder.encode(domain)].flatMap((text) => [uint32(text.length), text]);
  const all = [encoder.encode(SCOPE_PREFIX), chainId, uint32(era), ...parts];
  const bytes = new Uint8Array(all.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of all) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

function requireRange(name: string, holds: boolean, value: number, expected: string): void {
  if (!holds) throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected });
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
