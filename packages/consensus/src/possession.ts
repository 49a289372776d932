/**
 * What a registered key has to prove before it becomes a `key` fact.
 *
 * @module
 */
import { ConsensusError } from './errors.ts';
import type { Fact } from './fact.ts';
import type { ActorId, Bytes, VRF_DOMAIN } from './primitives.ts';

/**
 * Input on which the holder of a VRF key evaluates it to register the key for `account`:
 * `"vrf/pop/v1" ‖ chainId(32) ‖ account(20)`. Without such a proof a validator could register the key of
 * another one.
 *
 * Like every VRF input it is evaluated in a scope, under {@link VRF_DOMAIN}: that of whoever checks the
 * registration before it emits the {@link Fact} `key` with role `vrf`.
 *
 * @param chainId - 32 bytes.
 * @param account - Address of the validator, 40 lower-case hexadecimal digits.
 * @throws {@link ConsensusError} with `NOT_ENCODABLE` for anything else.
 * @see docs/spec/randomness-vrf.md, rule K1.
 * @example
 * ```ts
 * const alpha = vrfPossessionAlpha(chainId, signer.self);
 * const { output, proof } = await signer.proveVrf({ chainId, era: 0, protocol: 'ledger@1' }, alpha);
 * ```
 */
export function vrfPossessionAlpha(chainId: Bytes, account: ActorId): Bytes {
  if (chainId.length !== CHAIN_ID_BYTES) refuse(`a chain id has 32 bytes, not ${chainId.length}`);
  if (!ADDRESS.test(account)) refuse('the account is no address');
  const alpha = new Uint8Array(LABEL.length + CHAIN_ID_BYTES + ADDRESS_BYTES);
  for (let index = 0; index < LABEL.length; index++) alpha[index] = LABEL.charCodeAt(index);
  alpha.set(chainId, LABEL.length);
  for (let index = 0; index < ADDRESS_BYTES; index++) {
    const digits = account.slice(2 * index, 2 * index + 2);
    alpha[LABEL.length + CHAIN_ID_BYTES + index] = Number.parseInt(digits, 16);
  }
  return alpha;
}

const LABEL = 'vrf/pop/v1';
const CHAIN_ID_BYTES = 32;
const ADDRESS_BYTES = 20;
const ADDRESS = /^[0-9a-f]{40}$/;

function refuse(reason: string): never {
  throw new ConsensusError({ code: 'NOT_ENCODABLE', reason });
}
