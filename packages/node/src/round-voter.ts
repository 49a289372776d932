/**
 * Round voter: the agent behind participation.
 *
 * @module
 */
import type { BlockId, Bytes, Height, Tip } from '@fiducia/consensus';
import type { ConsensusHost, HeadChangedEvent } from '@fiducia/host';
import { createRoundVote, type Ledger, type SubmitResult, type TransactionSigner } from '@fiducia/ledger';

/** A vote that was handed to the ledger, for observers. */
export interface RoundVoteOutcome {
  /** Round voted for: the height above the head that the vote supports. */
  readonly height: Height;
  /** The head it supports. */
  readonly parentId: BlockId;
  /** What the ledger made of it, e.g. `VOTE_NOT_CANDIDATE` before admission; `null` if signer or ledger failed. */
  readonly result: SubmitResult | null;
}

/** What a round voter needs. */
export interface RoundVoterOptions {
  /** Says which heads are adopted. */
  readonly host: Pick<ConsensusHost, 'events' | 'head'>;
  /** Holds the vote until a leader includes it, and spreads it. */
  readonly ledger: Pick<Ledger, 'chainId' | 'submitRoundVote'>;
  /** Signs with the validator key under the label of round votes. */
  readonly signer: TransactionSigner;
  /** Whether to vote for the round of this height. @default every round */
  readonly participates?: (height: Height) => boolean;
  /** Observes votes; cannot influence them, and must not throw. */
  readonly onVote?: (outcome: RoundVoteOutcome) => void;
}

/** Sends round votes while it is started. */
export interface RoundVoter {
  /**
   * Votes on the present head, then on every head adopted later. A started voter stays as it is.
   * @throws `HostError` with `NOT_STARTED` before the host is started.
   */
  start(): void;
  /** Sends no further vote. Votes already sent stay valid. */
  stop(): void;
}

/** Heads remembered as voted for: more than any reorganisation that a slot can bring. */
const VOTED_HEADS_MAX = 1_024;

/**
 * Creates the agent that takes part in every round for one validator key (trust F8).
 *
 * It signs and submits one vote for each head that the host adopts, genesis included: valid in the block
 * above that head, on that parent, and nowhere else. A reorganisation brings a new head and thus a new
 * vote; coming back to a head voted for before brings none. Votes are no safety mechanism, so voting on
 * both sides of a fork is no offence and no guard is involved. It is an agent beside the consensus
 * engine, and a node without it follows and produces all the same.
 *
 * @example
 * ```ts
 * const voter = createRoundVoter({
 *   host: node.host,
 *   ledger: node.ledger,
 *   signer: { address: keyPair.address, sign: (...place) => crypto.sign(keyPair, ...place) },
 *   participates: (height) => height <= 120,
 * });
 * voter.start();
 * ```
 */
export function createRoundVoter(options: RoundVoterOptions): RoundVoter {
  const { host, participates = () => true } = options;
  const voted = new Set<BlockId>();
  let isStarted = false;

  const voteOn = (head: Tip<unknown>): void => {
    const { id } = head.header;
    const height = head.header.height + 1;
    if (voted.has(id) || !participates(height)) return;
    remember(voted, id);
    void submitVote(options, height, id);
  };
  const observe = ({ tip }: HeadChangedEvent): void => voteOn(tip);

  return {
    start() {
      if (isStarted) return;
      voteOn(host.head());
      host.events.on('headChanged', observe);
      isStarted = true;
    },
    stop() {
      isStarted = false;
      host.events.off('headChanged', observe);
    },
  };
}

function remember(voted: Set<BlockId>, id: BlockId): void {
  voted.add(id);
  const [oldest] = voted;
  if (voted.size > VOTED_HEADS_MAX && oldest !== undefined) voted.delete(oldest);
}

/** Never rejects: a ledger that fails stops its host, which reports the fault; a lost vote expires. */
async function submitVote(options: RoundVoterOptions, height: Height, parentId: BlockId): Promise<void> {
  const { ledger, onVote } = options;
  const vote = signVote(options, height, parentId);
  const result = vote && (await ledger.submitRoundVote(vote).catch(() => null));
  onVote?.({ height, parentId, result });
}

/** `null` if the signer fails, which may be a device of its own. */
function signVote({ ledger, signer }: RoundVoterOptions, height: Height, parentId: BlockId): Bytes | null {
  try {
    return createRoundVote({ chainId: ledger.chainId, height, parentId, signer });
  } catch {
    return null;
  }
}
