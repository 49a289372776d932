/**
 * Round votes (trust F8): validity inside a block. They cost no fee and use no nonce.
 *
 * @module
 */
import type { BlockId, Height } from '@fiducia/consensus';
import type { RoundVote } from '../transaction/codec.ts';
import type { BlockContext } from './module.ts';
import { type CandidateRecord, isActiveAt } from './registry.ts';

/** Place of the block that includes votes. */
export interface RoundVotePlace {
  /** Its height. */
  readonly height: Height;
  /** Its parent. */
  readonly parentId: BlockId;
}

/** Whether a vote belongs into the block at `place`, whoever cast it. */
function checkRoundVotePlace(vote: RoundVote, place: RoundVotePlace): 'VOTE_ROUND' | 'VOTE_PARENT' | undefined {
  if (vote.height !== place.height) return 'VOTE_ROUND';
  return vote.parentId === place.parentId ? undefined : 'VOTE_PARENT';
}

/**
 * Books the votes of one block, each of an active candidate, once per candidate and block.
 *
 * @param voter - Whom the state names as the voter, if anybody.
 * @param counted - Candidates whose vote this block has already; grows by the voter.
 * @returns A code if the vote is not valid here.
 */
export function bookRoundVote(
  context: BlockContext,
  vote: RoundVote,
  place: RoundVotePlace,
  voter: CandidateRecord | undefined,
  counted: Set<string>,
): string | undefined {
  const misplaced = checkRoundVotePlace(vote, place);
  if (misplaced !== undefined) return misplaced;
  if (voter === undefined || !isActiveAt(voter, context.height)) return 'VOTE_NOT_CANDIDATE';
  if (counted.has(vote.voter)) return 'VOTE_DUPLICATE';
  counted.add(vote.voter);
  context.emit({ kind: 'participation', actor: vote.voter, round: context.height });
  return undefined;
}
