/**
 * Optional module `keys`: VRF keys of validators, registered with a proof of possession.
 *
 * @module
 */
import { type ActorId, type Bytes, type Claim, tryDecode, vrfPossessionAlpha } from '@fiducia/consensus';
import * as P from 'micro-packed';
import { actorIdCodec, isActorId, listCodec } from '../codec.ts';
import { LedgerError } from '../errors.ts';
import { defineTable, type StateWriter, type Table } from '../state/table.ts';
import type { BlockContext, LedgerModule, TransactionForm, TransactionType } from './module.ts';
import { CANDIDATES } from './registry.ts';

/** Role under which consensus hears of the keys. */
const VRF_ROLE = 'vrf';

const PUBLIC_KEY_BYTES = 33;
const OUTPUT_BYTES = 32;
const PROOF_BYTES = 81;
const GENESIS_KEYS_MAX = 65_535;

/** Payload of {@link registerKey}. */
export interface RegisterKeyPayload {
  /** Candidate whose key it becomes, an address of 40 hexadecimal digits. */
  readonly id: ActorId;
  /** VRF key, 33 bytes; never the candidate's own key (randomness-vrf K2). */
  readonly publicKey: Bytes;
  /** VRF output of the proof of possession, 32 bytes. */
  readonly output: Bytes;
  /** Proof of possession, 81 bytes: the VRF of `vrfPossessionAlpha(chainId, id)` in the ledger's scope. */
  readonly proof: Bytes;
}

/** A VRF key that a member of genesis starts with. */
export interface GenesisKey {
  /** Candidate of genesis. */
  readonly actor: ActorId;
  /** VRF key, 33 bytes. */
  readonly publicKey: Bytes;
}

/** VRF keys by candidate: one for each, the newest (randomness-vrf K3). */
export const VRF_KEYS: Table<Bytes> = defineTable({
  module: 'keys',
  name: 'vrf',
  subtree: 'chain',
  codec: P.bytes(PUBLIC_KEY_BYTES),
});

/**
 * Form of the transaction by which the owner of a candidate registers or replaces its VRF key. Codes:
 * `KEY_ACCOUNT` (the candidate's id is no address), `STAKE_UNKNOWN`, `STAKE_OWNER`, `KEY_REGISTERED` (it
 * has this key already), and those of the crypto port for a proof that does not hold.
 */
export const registerKey: TransactionForm<RegisterKeyPayload> = {
  kind: 'keys/registerKey',
  codec: P.struct({
    id: actorIdCodec,
    publicKey: P.bytes(PUBLIC_KEY_BYTES),
    output: P.bytes(OUTPUT_BYTES),
    proof: P.bytes(PROOF_BYTES),
  }),
};

/**
 * Makes the module. Chains whose consensus draws its seeds from VRF outputs add it to their modules;
 * `key` facts with role `vrf` come from it. Consensus decides when a new key takes effect.
 *
 * Keys of genesis carry no proof: they are part of the configuration that every participant agreed to,
 * and a proof about the chain id could not be part of what the chain id covers.
 *
 * @param genesis - Keys that the chain starts with, in any order, each candidate once.
 * @throws {@link LedgerError} with `INVALID_GENESIS` and the path of the first wrong value.
 * @see docs/spec/randomness-vrf.md, rules K1 to K3.
 * @example
 * ```ts
 * const keys = validators.map(({ self, vrfPublicKey }) => ({ actor: self, publicKey: vrfPublicKey }));
 * const ledger = createLedger({ genesis, crypto, modules: [validatorKeysModule({ keys })] });
 * ```
 */
export function validatorKeysModule(genesis: { readonly keys: readonly GenesisKey[] }): LedgerModule {
  const keys = requireKeys(genesis.keys);
  const register: TransactionType<RegisterKeyPayload> = { ...registerKey, claims: possessionClaims, execute };
  return {
    name: 'keys',
    transactions: [register],
    provides: ['key'],
    genesisBytes: genesisKeysCodec.encode(keys),
    genesis: ({ state, emit }) => {
      for (const [index, { actor, publicKey }] of keys.entries()) {
        require(state.get(CANDIDATES, actor) !== undefined, `keys.${index}.actor`, 'no candidate of genesis');
        setKey({ state, emit }, actor, publicKey);
      }
    },
    *census(state, kind) {
      if (kind !== 'key') return;
      for (const [actor, publicKey] of state.entries(VRF_KEYS)) yield { kind, actor, role: VRF_ROLE, publicKey };
    },
  };
}

const genesisKeysCodec = listCodec(
  P.struct({ actor: actorIdCodec, publicKey: P.bytes(PUBLIC_KEY_BYTES) }),
  GENESIS_KEYS_MAX,
);

function possessionClaims({ id, publicKey, output, proof }: RegisterKeyPayload, chainId: Bytes): Claim[] {
  const alpha = tryDecode(() => vrfPossessionAlpha(chainId, id));
  // Without an input there is nothing to check; `execute` refuses the transaction.
  return alpha === undefined ? [] : [{ kind: 'vrf', actor: id, publicKey, alpha, output, proof }];
}

function execute(
  context: Parameters<TransactionType['execute']>[0],
  { id, publicKey }: RegisterKeyPayload,
): string | undefined {
  const { state, signer, chainId } = context;
  if (tryDecode(() => vrfPossessionAlpha(chainId, id)) === undefined) return 'KEY_ACCOUNT';
  const candidate = state.get(CANDIDATES, id);
  if (candidate?.status !== 'ACTIVE') return 'STAKE_UNKNOWN';
  if (candidate.owner !== signer) return 'STAKE_OWNER';
  const known = state.get(VRF_KEYS, id);
  if (known !== undefined && publicKey.every((byte, index) => byte === known[index])) return 'KEY_REGISTERED';
  setKey(context, id, publicKey);
  return undefined;
}

function setKey(
  { state, emit }: Pick<BlockContext, 'emit'> & { readonly state: StateWriter },
  actor: ActorId,
  publicKey: Bytes,
): void {
  state.set(VRF_KEYS, actor, publicKey);
  emit({ kind: 'key', actor, role: VRF_ROLE, publicKey });
}

/** Sorted, so that the chain id does not depend on the order in which keys were listed. */
function requireKeys(keys: readonly GenesisKey[]): GenesisKey[] {
  const seen = new Set<ActorId>();
  for (const [index, { actor, publicKey }] of keys.entries()) {
    require(isActorId(actor), `keys.${index}.actor`, 'not an actor id');
    require(!seen.has(actor), `keys.${index}.actor`, 'twice');
    require(publicKey.length === PUBLIC_KEY_BYTES, `keys.${index}.publicKey`, 'not 33 bytes');
    seen.add(actor);
  }
  return [...keys].sort((a, b) => (a.actor < b.actor ? -1 : 1));
}

function require(condition: boolean, path: string, reason: string): void {
  if (!condition) throw new LedgerError({ code: 'INVALID_GENESIS', path, reason });
}
