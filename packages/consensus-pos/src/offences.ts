/**
 * Offences: which count, and what they cost (pos-pow N1 to N5).
 *
 * @module
 */
import type { ActorId, Artefact, Directive, Evidence, HeaderContext, PersistentMap } from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import { decodeDigest } from './digest.ts';
import { epochOfSlot } from './lottery.ts';
import type { PosPenaltyReason, PosRefusal } from './refusals.ts';
import { stakeOf } from './snapshot.ts';
import type { Epoch, PosState } from './state.ts';

const PARTS = 1_000_000n;

/** Key of an offence: equal for all evidence of it, whoever reports it (pos-pow N3). */
export function offenceKey({ protocol, kind, height, offender }: Evidence): string {
  return `${protocol}/${kind}/${height}/${offender}`;
}

/**
 * Judges two headers of one validator for one slot, whose signatures and conflict the host has checked.
 *
 * @returns `undefined` if they count.
 * @see docs/spec/pos-pow.md, rules N1 and N3.
 */
export function evidenceFault(
  state: PosState,
  evidence: Evidence,
  subjects: readonly Artefact[],
  config: PosConfig,
): PosRefusal | undefined {
  const [subject] = subjects;
  if (evidence.kind !== 'equivocation' || subject?.kind !== 'header') return 'EVIDENCE_NOT_PROVABLE';
  const slot = decodeDigest(subject.header.digest)?.slot;
  if (slot === undefined) return 'EVIDENCE_NOT_PROVABLE';
  if (state.bonds.get(evidence.offender) === undefined) return 'UNKNOWN_OFFENDER';
  const offended = epochOfSlot(slot, config);
  if (offended > state.seeds.epoch) return 'EVIDENCE_TOO_EARLY';
  if (offended + config.evidenceEpochs < state.seeds.epoch) return 'EVIDENCE_TOO_OLD';
  return state.punished.get(offenceKey(evidence)) === undefined ? undefined : 'EVIDENCE_DUPLICATE';
}

/** Evidence of one block that is punished: each offence once, of those whom the register knows. */
export function punishable(state: PosState, evidence: readonly Evidence[]): readonly Evidence[] {
  const seen = new Set<string>();
  return evidence.filter((item) => {
    const key = offenceKey(item);
    if (seen.has(key) || state.punished.get(key) !== undefined) return false;
    seen.add(key);
    return state.bonds.get(item.offender) !== undefined;
  });
}

/**
 * What the ledger is told because of evidence in the block that `header` describes: the stake is cut and
 * burned, unbonding parts included (pos-pow N5), the offender jailed, and its author, as the reporter, paid
 * from what was cut.
 *
 * The reward is computed on the bonded stake alone, since consensus does not know what unbonds: the
 * reporter never gets more than `reporterPpm` of what was burned.
 *
 * @see docs/spec/pos-pow.md, rules N1, N2 and N3.
 */
export function punish(
  state: PosState,
  header: HeaderContext,
  evidence: readonly Evidence[],
  config: PosConfig,
): readonly Directive[] {
  const directives: Directive[] = [];
  const remaining = new Map<ActorId, bigint>();
  let reward = 0n;
  // A slot has at most one block, so this many blocks take at least as many slots.
  const untilHeight = header.height + config.unbondEpochs * config.epochSlots;
  for (const item of punishable(state, evidence)) {
    const bond = state.bonds.get(item.offender);
    if (bond === undefined) continue;
    const isOwn = item.protocol === header.protocol;
    const partsPerMillion = isOwn ? config.slashDoublePpm : config.slashVotePpm;
    const reason: PosPenaltyReason = isOwn ? 'DOUBLE_SIGN' : 'FINALITY_VOTE';
    const { offender: actor } = item;
    if (partsPerMillion > 0) {
      const stake = remaining.get(actor) ?? bondedStake(bond);
      const slashed = (stake * BigInt(partsPerMillion)) / PARTS;
      remaining.set(actor, stake - slashed);
      reward += (slashed * BigInt(config.reporterPpm)) / PARTS;
      directives.push({ kind: 'slash', actor, partsPerMillion, reason });
    }
    directives.push({ kind: 'jail', actor, untilHeight, reason });
  }
  if (reward > 0n) directives.push({ kind: 'reward', actor: header.author, units: reward });
  return directives;
}

/** Forgets offences that nobody can report again (pos-pow N3). */
export function forgetOffences(
  punished: PersistentMap<string, Epoch>,
  epoch: Epoch,
  config: PosConfig,
): PersistentMap<string, Epoch> {
  let kept = punished;
  for (const [key, since] of punished.entries()) {
    // It was committed in or before the epoch of its punishment.
    if (since + config.evidenceEpochs < epoch) kept = kept.without(key);
  }
  return kept;
}

/** Stake that the ledger will cut: none is bonded after an exit. */
function bondedStake(bond: Parameters<typeof stakeOf>[0]): bigint {
  return bond.exitedAt === null ? stakeOf(bond) : 0n;
}
