/**
 * Core module `staking`: candidates, their deposits and ballots, and the directives about them.
 *
 * @module
 */
import type { ActorId, Directive, Fact, FactKind, Height } from '@fiducia/consensus';
import { addBalance, addIncome, burn, issue, readSupply, SUPPLY_MAX, takeBalance } from '../account/accounts.ts';
import { isActorId } from '../codec.ts';
import { type Codec, defineTable, type StateReader, type StateWriter, type Table } from '../state/table.ts';
import { AMOUNT_BYTES, decodeWhole, requireActorId, SAFE_UINT_BYTES, textBytes, WireWriter } from '../wire.ts';
import type { BlockContext, LedgerModule, TransactionContext, TransactionForm, TransactionType } from './module.ts';
import {
  type AdmissionRules,
  CANDIDATES,
  type CandidateRecord,
  candidatesByIndex,
  type ExitCandidatePayload,
  exitCandidate,
  FOREVER,
  registrationType,
  UNBONDING_MAX,
} from './registry.ts';

/** Most ballots one candidate may have cast at the same time. */
export const BALLOTS_MAX = 64;

/** A ballot on the books. */
export interface BallotRecord {
  /** Weight, at least `1n`. */
  readonly weight: bigint;
  /** Admission it was cast for; it counts for no later admission of the same candidate. */
  readonly index: number;
}

/** What consensus last published about a candidate. */
export interface PublishedTrust {
  /** Composite trust in millionths of full trust. */
  readonly trustMicro: number;
  /** Trust tier, at most 32 bytes of UTF-8; empty until the first change of tier. Longer ones are not published. */
  readonly tier: string;
}

/** Payload of {@link topUpDeposit}. */
export interface TopUpDepositPayload {
  /** Candidate. */
  readonly id: ActorId;
  /** Units to add, at least `1n`. */
  readonly amount: bigint;
}

/** Payload of {@link withdrawDeposit}. */
export interface WithdrawDepositPayload {
  /** Candidate. */
  readonly id: ActorId;
  /** Units that begin to unbond; `0n` only collects what has unbonded. */
  readonly amount: bigint;
}

/** Payload of {@link castBallot}. */
export interface CastBallotPayload {
  /** Candidate that votes; the signer owns its deposit. */
  readonly from: ActorId;
  /** Candidate that is voted for, never `from` (trust F4). */
  readonly to: ActorId;
  /** New weight of this ballot; `0n` withdraws it. */
  readonly weight: bigint;
}

/** Ballots by `from/to`. */
export const BALLOTS: Table<BallotRecord> = defineTable({
  module: 'staking',
  name: 'ballot',
  subtree: 'chain',
  codec: {
    encode: ({ weight, index }: BallotRecord) =>
      new WireWriter(AMOUNT_BYTES + SAFE_UINT_BYTES).amount(weight).safeUint(index).finish(),
    decode: (bytes) => decodeWhole(bytes, (reader) => ({ weight: reader.amount(), index: reader.safeUint() })),
  },
});

const TIER_BYTES_MAX = 32;

/** Published trust by candidate. Only directives write it (trust K2). */
export const TRUST: Table<PublishedTrust> = defineTable({
  module: 'staking',
  name: 'trust',
  subtree: 'chain',
  codec: {
    encode: ({ trustMicro, tier }: PublishedTrust) =>
      new WireWriter(SAFE_UINT_BYTES + textBytes(tier)).safeUint(trustMicro).text(tier, TIER_BYTES_MAX).finish(),
    decode: (bytes) =>
      decodeWhole(bytes, (reader) => ({ trustMicro: reader.safeUint(), tier: reader.text(TIER_BYTES_MAX) })),
  },
});

/** Form of the transaction that adds to a deposit. Codes: `STAKE_*`, `TX_AMOUNT`, `TX_BALANCE`. */
export const topUpDeposit: TransactionForm<TopUpDepositPayload> = {
  kind: 'staking/topUpDeposit',
  codec: createDepositCodec(),
};

/**
 * Form of the transaction that takes from a deposit. The amount stays locked for the unbonding time of
 * genesis, and slashable until it is paid out; each such transaction also pays out to the owner what has unbonded.
 */
export const withdrawDeposit: TransactionForm<WithdrawDepositPayload> = {
  kind: 'staking/withdrawDeposit',
  codec: createDepositCodec(),
};

/**
 * Form of the transaction that casts a ballot. A candidate's ballots weigh together at most its
 * deposit, one unit a vote.
 */
export const castBallot: TransactionForm<CastBallotPayload> = {
  kind: 'staking/castBallot',
  codec: {
    encode({ from, to, weight }) {
      const writer = new WireWriter(2 + from.length + to.length + AMOUNT_BYTES);
      return writer.ascii(requireActorId(from)).ascii(requireActorId(to)).amount(weight).finish();
    },
    decode: (bytes) =>
      decodeWhole(bytes, (reader) => ({ from: reader.actorId(), to: reader.actorId(), weight: reader.amount() })),
  },
};

function createDepositCodec(): Codec<TopUpDepositPayload & WithdrawDepositPayload> {
  return {
    encode: ({ id, amount }) =>
      new WireWriter(1 + id.length + AMOUNT_BYTES).ascii(requireActorId(id)).amount(amount).finish(),
    decode: (bytes) => decodeWhole(bytes, (reader) => ({ id: reader.actorId(), amount: reader.amount() })),
  };
}

/** What consensus last published about a candidate, or `undefined`. */
export function readTrust(state: StateReader, actor: ActorId): PublishedTrust | undefined {
  return state.get(TRUST, actor);
}

/** Makes the module. */
export function stakingModule(rules: AdmissionRules): LedgerModule {
  const exit: TransactionType<ExitCandidatePayload> = {
    ...exitCandidate,
    execute: (context, payload) => executeExit(context, payload, rules),
  };
  const topUp: TransactionType<TopUpDepositPayload> = { ...topUpDeposit, execute: executeTopUp };
  const withdraw: TransactionType<WithdrawDepositPayload> = {
    ...withdrawDeposit,
    execute: (context, payload) => executeWithdraw(context, payload, rules),
  };
  const ballot: TransactionType<CastBallotPayload> = { ...castBallot, execute: executeBallot };
  return {
    name: 'staking',
    transactions: [registrationType(rules), exit, topUp, withdraw, ballot],
    provides: ['admission', 'exit', 'deposit', 'ballot'],
    applyDirective,
    census: listFacts,
  };
}

/**
 * Puts a ballot on the books and returns the fact of it.
 *
 * @returns A code if the ballot is not allowed (trust F4 among the reasons).
 */
export function bookBallot(state: StateWriter, { from, to, weight }: CastBallotPayload): Fact | string {
  if (from === to) return 'BALLOT_SELF';
  const voter = state.get(CANDIDATES, from);
  const candidate = state.get(CANDIDATES, to);
  if (voter?.status !== 'ACTIVE') return 'STAKE_UNKNOWN';
  const key = `${from}/${to}`;
  const previous = state.get(BALLOTS, key);
  if (weight > 0n && candidate?.status !== 'ACTIVE') return 'STAKE_UNKNOWN';

  const total = voter.ballotWeight - (previous?.weight ?? 0n) + weight;
  const ballots = voter.ballots - (previous === undefined ? 0 : 1) + (weight === 0n ? 0 : 1);
  if (total > voter.deposit) return 'BALLOT_WEIGHT';
  if (ballots > BALLOTS_MAX) return 'BALLOT_TOO_MANY';
  if (weight === 0n) state.delete(BALLOTS, key);
  else state.set(BALLOTS, key, { weight, index: candidate?.index ?? 0 });
  state.set(CANDIDATES, from, { ...voter, ballotWeight: total, ballots });
  return { kind: 'ballot', from, to, weight };
}

function executeExit(
  context: TransactionContext,
  { id }: ExitCandidatePayload,
  rules: AdmissionRules,
): string | undefined {
  const record = ownedBy(context, id);
  if (typeof record === 'string') return record;
  if (record.status !== 'ACTIVE') return 'STAKE_UNKNOWN';
  if (record.unbonding.length >= UNBONDING_MAX) return 'STAKE_UNBONDING';
  withdrawBallots(context, id, record);
  const releaseHeight = context.height + rules.unbondingBlocks;
  context.state.set(CANDIDATES, id, {
    ...record,
    status: 'EXITED',
    deposit: 0n,
    ballotWeight: 0n,
    ballots: 0,
    unbonding: [...record.unbonding, { amount: record.deposit, releaseHeight }],
  });
  context.emit({ kind: 'exit', actor: id });
  return undefined;
}

function executeTopUp(context: TransactionContext, { id, amount }: TopUpDepositPayload): string | undefined {
  const record = ownedBy(context, id);
  if (typeof record === 'string') return record;
  if (record.status !== 'ACTIVE') return 'STAKE_UNKNOWN';
  if (amount === 0n) return 'TX_AMOUNT';
  if (!takeBalance(context.state, context.signer, amount)) return 'TX_BALANCE';
  setDeposit(context, id, record, record.deposit + amount);
  return undefined;
}

function executeWithdraw(
  context: TransactionContext,
  { id, amount }: WithdrawDepositPayload,
  rules: AdmissionRules,
): string | undefined {
  const record = ownedBy(context, id);
  if (typeof record === 'string') return record;
  if (record.jailedUntil > context.height) return 'STAKE_JAILED';
  const remaining = record.deposit - amount;
  if (amount > 0n && remaining < rules.depositMin) return 'STAKE_DEPOSIT_MIN';
  if (remaining < record.ballotWeight) return 'BALLOT_WEIGHT';

  const locked = record.unbonding.filter(({ releaseHeight }) => releaseHeight > context.height);
  const released = sumOf(record.unbonding) - sumOf(locked);
  if (amount === 0n && released === 0n) return 'TX_AMOUNT';
  if (amount > 0n) locked.push({ amount, releaseHeight: context.height + rules.unbondingBlocks });
  if (locked.length > UNBONDING_MAX) return 'STAKE_UNBONDING';
  addBalance(context.state, record.owner, released);
  setDeposit(context, id, { ...record, unbonding: locked }, remaining);
  // The deposit of a leaver is 0 since it left, so only this tells consensus that nothing of it can be slashed any more.
  if (record.status === 'EXITED' && locked.length === 0) context.emit({ kind: 'deposit', actor: id, total: 0n });
  return undefined;
}

function executeBallot(context: TransactionContext, payload: CastBallotPayload): string | undefined {
  const record = ownedBy(context, payload.from);
  if (typeof record === 'string') return record;
  if (record.jailedUntil > context.height) return 'STAKE_JAILED';
  const fact = bookBallot(context.state, payload);
  if (typeof fact === 'string') return fact;
  context.emit(fact);
  return undefined;
}

function applyDirective(context: BlockContext, directive: Directive): void {
  if (directive.kind === 'custom') return;
  if (directive.kind === 'reward') {
    applyReward(context.state, directive.actor, directive.units);
    return;
  }
  const record = context.state.get(CANDIDATES, directive.actor);
  if (record === undefined) return;
  switch (directive.kind) {
    case 'slash':
      applySlash(context, directive.actor, record, directive.partsPerMillion);
      break;
    case 'jail':
      applyJail(context.state, directive.actor, record, directive.untilHeight);
      break;
    // A directive never fails: what the table cannot hold is not published.
    case 'trustChanged': {
      const tier = readTrust(context.state, directive.actor)?.tier ?? '';
      if (directive.trust >= 0) context.state.set(TRUST, directive.actor, { trustMicro: directive.trust, tier });
      break;
    }
    case 'tierChanged': {
      const trustMicro = readTrust(context.state, directive.actor)?.trustMicro ?? 0;
      const { to: tier } = directive;
      if (textBytes(tier) <= textBytes('') + TIER_BYTES_MAX)
        context.state.set(TRUST, directive.actor, { trustMicro, tier });
      break;
    }
  }
}

function applyReward(state: StateWriter, actor: ActorId, units: bigint): void {
  // A directive never fails: what is no actor has no income, and beyond the bound of the supply there is nothing left to give.
  if (!isActorId(actor) || units <= 0n || readSupply(state).issued + units > SUPPLY_MAX) return;
  issue(state, units);
  addIncome(state, actor, units);
}

function applySlash(context: BlockContext, actor: ActorId, record: CandidateRecord, partsPerMillion: number): void {
  const cut = (amount: bigint) => (amount * BigInt(partsPerMillion)) / 1_000_000n;
  // Rounded down for every part on its own, so no part is ever charged for another.
  const unbonding = record.unbonding.map((entry) => ({ ...entry, amount: entry.amount - cut(entry.amount) }));
  const deposit = record.deposit - cut(record.deposit);
  burn(context.state, record.deposit - deposit + sumOf(record.unbonding) - sumOf(unbonding));
  const covered = record.ballotWeight <= deposit;
  if (!covered) withdrawBallots(context, actor, record);
  const ballots = covered ? {} : { ballotWeight: 0n, ballots: 0 };
  setDeposit(context, actor, { ...record, ...ballots, unbonding }, deposit);
}

function applyJail(state: StateWriter, actor: ActorId, record: CandidateRecord, untilHeight: Height | null): void {
  const jailedUntil = Math.max(record.jailedUntil, untilHeight ?? FOREVER);
  if (jailedUntil !== record.jailedUntil) state.set(CANDIDATES, actor, { ...record, jailedUntil });
}

/** Removes all ballots of a candidate; the caller resets their sum in its record. */
function withdrawBallots(context: BlockContext, from: ActorId, record: CandidateRecord): void {
  if (record.ballots === 0) return;
  for (const [key] of context.state.entries(BALLOTS, `${from}/`)) {
    context.state.delete(BALLOTS, key);
    context.emit({ kind: 'ballot', from, to: key.slice(from.length + 1), weight: 0n });
  }
}

function setDeposit(context: BlockContext, id: ActorId, record: CandidateRecord, deposit: bigint): void {
  const changed = deposit !== context.state.get(CANDIDATES, id)?.deposit;
  context.state.set(CANDIDATES, id, { ...record, deposit });
  if (changed) context.emit({ kind: 'deposit', actor: id, total: deposit });
}

function ownedBy(context: TransactionContext, id: ActorId): CandidateRecord | string {
  const record = context.state.get(CANDIDATES, id);
  if (record === undefined) return 'STAKE_UNKNOWN';
  return record.owner === context.signer ? record : 'STAKE_OWNER';
}

function sumOf(entries: CandidateRecord['unbonding']): bigint {
  return entries.reduce((sum, { amount }) => sum + amount, 0n);
}

function* listFacts(state: StateReader, kind: FactKind): Iterable<Fact> {
  if (kind === 'ballot') {
    for (const [key, { weight, index }] of state.entries(BALLOTS)) {
      const [from = '', to = ''] = key.split('/');
      const candidate = state.get(CANDIDATES, to);
      if (candidate?.status === 'ACTIVE' && candidate.index === index) yield { kind, from, to, weight };
    }
    return;
  }
  if (kind !== 'admission' && kind !== 'deposit') return;
  for (const [actor, { deposit, category }] of candidatesByIndex(state)) {
    yield kind === 'admission' ? { kind, actor, deposit, category } : { kind, actor, total: deposit };
  }
}
