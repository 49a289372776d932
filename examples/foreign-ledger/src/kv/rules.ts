/** What calls do to the state. */
import type { Transaction } from './transaction.ts';
import type { Tree } from './tree.ts';

/** What changed for the keepers of the chain, as totals. */
export type KeeperChange =
  | { readonly kind: 'joined'; readonly keeper: string; readonly stake: number }
  | { readonly kind: 'staked'; readonly keeper: string; readonly stake: number }
  | { readonly kind: 'left'; readonly keeper: string }
  | { readonly kind: 'voted'; readonly from: string; readonly keeper: string; readonly weight: number }
  | { readonly kind: 'attested'; readonly keeper: string };

/** Where a call is carried out. */
export interface Place {
  readonly height: number;
  readonly parentId: string;
}

/** What came of something that was carried out. */
export interface Done {
  readonly state: Tree;
  readonly changes: readonly KeeperChange[];
}

/** What came of a call, or why nothing did. */
export type Outcome = Done | { readonly refused: string };

/** Blocks between leaving and getting the deposit back. */
const UNLOCK_BLOCKS = 20;

/** Carries out all transactions of a block, or says which rule one of them breaks. */
export function applyTransactions(state: Tree, transactions: readonly Transaction[], place: Place): Outcome {
  const changes: KeeperChange[] = [];
  let current = state;
  for (const transaction of transactions) {
    const outcome = applyTransaction(current, transaction, place);
    if ('refused' in outcome) return outcome;
    current = outcome.state;
    changes.push(...outcome.changes);
  }
  return { state: current, changes };
}

/** Makes new coins for an account. */
export function pay(state: Tree, account: string, coins: number): Tree {
  return withCount(state, `balance/${account}`, countAt(state, `balance/${account}`) + coins);
}

/** Destroys part of a deposit, in millionths, rounding down. */
export function burn(state: Tree, keeper: string, partsPerMillion: number): Done {
  const stake = BigInt(countAt(state, `stake/${keeper}`));
  const rest = Number(stake - (stake * BigInt(partsPerMillion)) / 1_000_000n);
  if (rest === Number(stake)) return { state, changes: [] };
  return done(withCount(state, `stake/${keeper}`, rest), { kind: 'staked', keeper, stake: rest });
}

/** Number stored under a key, 0 if there is none. */
export function countAt(state: Tree, key: string): number {
  return Number(state.get(key) ?? '0');
}

/** Stores a number. */
export function withCount(state: Tree, key: string, count: number): Tree {
  return state.put(key, String(count));
}

/** Whether somebody keeps the chain: has a deposit and has not left. */
export function isKeeper(state: Tree, account: string): boolean {
  return countAt(state, `stake/${account}`) > 0 && countAt(state, `left/${account}`) === 0;
}

/** Carries out a call whose signature is valid. */
export function applyTransaction(state: Tree, { from, nonce, call }: Transaction, place: Place): Outcome {
  if (call[0] === 'attest') {
    if (nonce !== place.height || call[1] !== place.parentId) return { refused: 'ATTESTATION_OF_ANOTHER_BLOCK' };
    if (!isKeeper(state, from) || countAt(state, `attested/${from}`) >= nonce) return { refused: 'ATTESTATION_IDLE' };
    return done(withCount(state, `attested/${from}`, nonce), { kind: 'attested', keeper: from });
  }
  if (nonce !== countAt(state, `nonce/${from}`)) return { refused: 'WRONG_NONCE' };
  const outcome = applyCall(state, from, call, place);
  if ('refused' in outcome) return outcome;
  return { ...outcome, state: withCount(outcome.state, `nonce/${from}`, nonce + 1) };
}

function applyCall(state: Tree, from: string, call: Transaction['call'], { height }: Place): Outcome {
  const stake = countAt(state, `stake/${from}`);
  switch (call[0]) {
    case 'put':
      return done(state.put(`data/${call[1]}`, call[2]));
    case 'stake':
      return applyStake(state, from, call[1], height);
    case 'vote': {
      const [, keeper, weight] = call;
      if (weight > stake || !isKeeper(state, keeper)) return { refused: 'VOTE_WITHOUT_STAKE' };
      return done(withCount(state, `vote/${from}/${keeper}`, weight), { kind: 'voted', from, keeper, weight });
    }
    case 'leave':
      if (!isKeeper(state, from)) return { refused: 'NOT_A_KEEPER' };
      return done(withCount(state, `left/${from}`, height), { kind: 'left', keeper: from });
    case 'withdraw': {
      const left = countAt(state, `left/${from}`);
      if (stake === 0 || left === 0 || height < left + UNLOCK_BLOCKS) return { refused: 'STILL_LOCKED' };
      return done(withCount(pay(state, from, stake), `stake/${from}`, 0), { kind: 'staked', keeper: from, stake: 0 });
    }
    default:
      return { refused: 'UNKNOWN_CALL' };
  }
}

function applyStake(state: Tree, from: string, coins: number, height: number): Outcome {
  const balance = countAt(state, `balance/${from}`);
  const hasLeft = countAt(state, `left/${from}`) > 0;
  const stake = countAt(state, `stake/${from}`);
  if (coins === 0 || coins > balance) return { refused: 'NOT_ENOUGH_COINS' };
  if (hasLeft && stake > 0) return { refused: 'STILL_LOCKED' };
  if (height < countAt(state, `jail/${from}`)) return { refused: 'JAILED' };
  const locked = withCount(withCount(state, `balance/${from}`, balance - coins), `stake/${from}`, stake + coins);
  const next = hasLeft ? withCount(locked, `left/${from}`, 0) : locked;
  return done(next, { kind: stake === 0 ? 'joined' : 'staked', keeper: from, stake: stake + coins });
}

function done(state: Tree, ...changes: readonly KeeperChange[]): Done {
  return { state, changes };
}
