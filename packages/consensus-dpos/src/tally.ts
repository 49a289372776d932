/**
 * The tally: who is elected (pos-pow V2).
 *
 * @module
 */
import { type ActorId, type Bytes, compareActors } from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { assertDefined } from './errors.ts';
import { type Candidate, type Election, type Electorate, membersOf } from './state.ts';

/**
 * Elects by votes, equal votes by address. Candidates without votes take part, so that a chain can
 * begin before anybody votes; those below the deposit do not, nor do those without a VRF key where headers
 * carry proofs.
 *
 * @param previous - Continues if nobody can be elected.
 * @returns `undefined` if nobody can and there is no previous election.
 * @see docs/spec/pos-pow.md, rule V2.
 */
export function elect(
  electorate: Electorate,
  previous: Election | undefined,
  config: DposConfig,
): Election | undefined {
  const seats = config.delegates + config.standby;
  // Only the best are kept, so that a tally over many candidates sorts few of them.
  const best: Candidate[] = [];
  for (const [, candidate] of electorate.candidates.entries()) {
    if (!isElectable(candidate, config)) continue;
    best.splice(rankIn(best, candidate), 0, candidate);
    if (best.length > seats) best.pop();
  }
  if (best.length === 0) return previous && { ...previous, emergency: true };
  const ranked = best.map(({ id }) => id);
  const election = electionOf(ranked.slice(0, config.delegates), ranked.slice(config.delegates), false);
  if (config.seedSource !== 'vrf') return election;
  const keys = new Map(best.map(({ id, vrfKey }) => [id, vrfKey]));
  return withKeys(election, (id) => assertDefined(keys.get(id), 'who was elected has a key'));
}

/** The election with the keys of its members, in their order. */
export function withKeys(election: Election, keyOf: (id: ActorId) => Bytes): Election {
  return { ...election, vrfKeys: new Map(membersOf(election).map((id) => [id, keyOf(id)])) };
}

function isElectable({ status, deposit, vrfKey }: Candidate, config: DposConfig): boolean {
  const hasKey = config.seedSource !== 'vrf' || vrfKey !== undefined;
  return hasKey && status === 'ACTIVE' && deposit >= config.candidateDeposit;
}

/** Completes an election with what follows from its members. */
export function electionOf(
  delegates: Election['delegates'],
  standby: Election['standby'],
  emergency: boolean,
): Election {
  const validators = [
    ...delegates.map((id) => ({ id, weight: 1n })),
    ...standby.map((id) => ({ id, weight: 0n })),
  ].sort((a, b) => compareActors(a.id, b.id));
  return { delegates: delegates.toSorted(compareActors), standby, validators, emergency };
}

/** Position of `candidate` in an ascending list. */
function rankIn(ranking: readonly Candidate[], candidate: Candidate): number {
  let [low, high] = [0, ranking.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = ranking[middle];
    if (other !== undefined && compareVotes(other, candidate) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareVotes(a: Candidate, b: Candidate): number {
  if (a.votes !== b.votes) return a.votes > b.votes ? -1 : 1;
  return compareActors(a.id, b.id);
}
