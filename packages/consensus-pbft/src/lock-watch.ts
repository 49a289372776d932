/**
 * Looks for validators that gave up a lock (pbft M4).
 *
 * @module
 */
import type { ActorId, BufferUsage, Evidence, Height, SignedMessage } from '@fiducia/consensus';
import { type BrokenLock, breaksLock, brokenLockEvidence, type EvidenceScope, type Signed } from './broken-lock.ts';
import type { HeightState } from './height.ts';
import type { ProposalMessage, QuotedRoundChange, Round, RoundChangeMessage, VoteMessage } from './message.ts';

/** Heights whose ROUND-CHANGEs are kept: those of the newest justified proposals. */
const HEIGHTS_MAX = 32;

/** Rounds of one height whose proposals are kept; with growing time-outs nobody gets that far. */
const ROUNDS_MAX = 32;

type ChangesByRound = Map<Round, Map<ActorId, QuotedRoundChange>>;

/**
 * Remembers the ROUND-CHANGEs behind proposals, also of heights that have their block: a rival of that block is heard
 * of long after it, and the COMMITs in its proof are what they contradict.
 */
export class LockWatch {
  readonly #scope: EvidenceScope;
  readonly #changes = new Map<Height, ChangesByRound>();

  constructor(scope: EvidenceScope) {
    this.#scope = scope;
  }

  usage(seats: number): BufferUsage {
    let count = 0;
    for (const rounds of this.#changes.values()) for (const changes of rounds.values()) count += changes.size;
    return { name: 'roundChangesBehindProposals', count, max: Math.max(1, seats) * ROUNDS_MAX * HEIGHTS_MAX };
  }

  /** A COMMIT of this height or an earlier one. */
  onCommit(commit: VoteMessage, { author, signature }: SignedMessage): readonly Evidence[] {
    for (const [round, changes] of this.#changes.get(commit.height) ?? []) {
      const quoted = changes.get(author);
      const broken = quoted && pairOf({ message: commit, signature }, changeOf(commit.height, round, quoted));
      if (broken !== undefined) return [brokenLockEvidence(author, broken, this.#scope)];
    }
    return [];
  }

  /** A ROUND-CHANGE of the height that is open. */
  onRoundChange(
    at: HeightState,
    message: RoundChangeMessage,
    { author, signature }: SignedMessage,
  ): readonly Evidence[] {
    return this.#compare(at, author, { message, signature });
  }

  /** A justified proposal of the height that is open. */
  onProposal(at: HeightState, { round, roundChanges }: ProposalMessage): readonly Evidence[] {
    if (roundChanges.length === 0) return [];
    const rounds: ChangesByRound = this.#changes.get(at.height) ?? new Map();
    this.#changes.set(at.height, rounds);
    if (rounds.size < ROUNDS_MAX && !rounds.has(round)) rounds.set(round, new Map());
    keepLowest(rounds.get(round), roundChanges);
    const [oldest] = this.#changes.keys();
    if (oldest !== undefined && this.#changes.size > HEIGHTS_MAX) this.#changes.delete(oldest);
    return roundChanges.flatMap((quoted) => this.#compare(at, quoted.author, changeOf(at.height, round, quoted)));
  }

  #compare({ commits, height }: HeightState, author: ActorId, change: Signed<RoundChangeMessage>): readonly Evidence[] {
    for (const { round, digest, signature } of commits.of(author)) {
      const broken = pairOf({ message: { kind: 'commit', height, round, digest }, signature }, change);
      if (broken !== undefined) return [brokenLockEvidence(author, broken, this.#scope)];
    }
    return [];
  }
}

/**
 * Keeps what gives up most of each author: a proposer that sends a harmless proposal first would hide what the one quotes
 * that is accepted, and whoever signed two ROUND-CHANGEs for one round may show the harmless one first.
 */
function keepLowest(kept: Map<ActorId, QuotedRoundChange> | undefined, quoted: readonly QuotedRoundChange[]): void {
  for (const change of quoted) {
    const known = kept?.get(change.author);
    if (known === undefined || lockOf(change) < lockOf(known)) kept?.set(change.author, change);
  }
}

function lockOf({ prepared }: QuotedRoundChange): Round {
  return prepared?.round ?? -1;
}

function changeOf(
  height: Height,
  round: Round,
  { prepared, signature }: QuotedRoundChange,
): Signed<RoundChangeMessage> {
  return { message: { kind: 'roundChange', height, round, prepared }, signature };
}

function pairOf(commit: Signed<VoteMessage>, change: Signed<RoundChangeMessage>): BrokenLock | undefined {
  return breaksLock(commit.message.round, change.message) ? { commit, change } : undefined;
}
