/**
 * The register of validators: what facts of the ledger change in it (pos-pow S1, S4).
 *
 * @module
 */
import type { Fact, PersistentMap } from '@fiducia/consensus';
import { AMOUNT_MAX, type PosConfig } from './config.ts';
import { offenceKey, punishable } from './offences.ts';
import type { Bond, Epoch, PosState } from './state.ts';

/** Longest key that is kept; what a key must look like is up to the crypto port. */
const KEY_BYTES_MAX = 128;

/** Longest name that is kept, in characters and bytes. */
export const ACTOR_BYTES_MAX = 128;

/** Names that are kept: printable ASCII, so that every state can be encoded. */
const ACTOR = /^[!-~]{1,128}$/;

/** Role of the keys that count here. */
const VRF_ROLE = 'vrf';

const EMPTY_BOND: Bond = { deposit: 0n, stake: null, vrfKey: null, exitedAt: null, ejectedUntil: 0 };

/**
 * Register after facts that state new totals. Facts about anybody who was never admitted are dropped;
 * amounts outside 0 to 2^120 count as the nearest bound.
 *
 * @param epoch - Epoch of the block.
 */
export function applyFacts(
  bonds: PosState['bonds'],
  facts: readonly Fact[] | Iterable<Fact>,
  epoch: Epoch,
): PosState['bonds'] {
  let next = bonds;
  for (const fact of facts) {
    if (!('actor' in fact)) continue;
    const known = next.get(fact.actor);
    const changed = changeOf(known, fact, epoch);
    if (changed !== undefined) next = next.with(fact.actor, changed);
  }
  return next;
}

/** Register and punished offences after the evidence of a block: offenders are ejected (pos-pow N1, N2). */
export function applyEvidence(
  state: PosState,
  facts: readonly Fact[],
  epoch: Epoch,
  config: PosConfig,
): Pick<PosState, 'bonds' | 'punished'> {
  let { bonds, punished } = state;
  const evidence = facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence] : []));
  for (const item of punishable(state, evidence)) {
    const bond = bonds.get(item.offender);
    if (bond === undefined) continue;
    bonds = bonds.with(item.offender, { ...bond, ejectedUntil: epoch + config.unbondEpochs });
    punished = punished.with(offenceKey(item), epoch);
  }
  return { bonds, punished };
}

/** Forgets those who left so long ago that nothing of theirs can be slashed (pos-pow N5). */
export function forgetLeavers(bonds: PosState['bonds'], epoch: Epoch, config: PosConfig): PosState['bonds'] {
  let kept: PersistentMap<string, Bond> = bonds;
  for (const [id, { exitedAt, ejectedUntil }] of bonds.entries()) {
    if (exitedAt !== null && Math.max(exitedAt + config.unbondEpochs, ejectedUntil) < epoch) kept = kept.without(id);
  }
  return kept;
}

function changeOf(known: Bond | undefined, fact: Extract<Fact, { actor: string }>, epoch: Epoch): Bond | undefined {
  if (fact.kind === 'admission') {
    if (!ACTOR.test(fact.actor)) return undefined;
    // Whoever was ejected does not get rid of it by leaving and coming back.
    return { ...(known ?? EMPTY_BOND), deposit: bounded(fact.deposit), stake: null, exitedAt: null };
  }
  if (known === undefined) return undefined;
  switch (fact.kind) {
    case 'deposit':
      return { ...known, deposit: bounded(fact.total) };
    case 'stake':
      return { ...known, stake: bounded(fact.total) };
    case 'exit':
      return known.exitedAt === null ? { ...known, exitedAt: epoch } : undefined;
    case 'key': {
      const isUsable = fact.role === VRF_ROLE && fact.publicKey.length > 0 && fact.publicKey.length <= KEY_BYTES_MAX;
      return isUsable ? { ...known, vrfKey: fact.publicKey } : undefined;
    }
    default:
      return undefined;
  }
}

function bounded(amount: bigint): bigint {
  if (amount < 0n) return 0n;
  return amount > AMOUNT_MAX ? AMOUNT_MAX : amount;
}
