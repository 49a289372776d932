/**
 * The active half: votes for checkpoints, gathers votes into certificates, proves finality.
 *
 * @module
 */
import {
  type ActorId,
  type BufferUsage,
  type Bytes,
  type ConsensusEngine,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  type Effect,
  type EngineContext,
  type EngineStart,
  floorDivide,
  type Input,
  type SignedMessage,
  type Tip,
} from '@fiducia/consensus';
import {
  decodeAnnouncement,
  encodeAnnouncement,
  memberSignatures,
  QUOTES_MAX,
  quotedCertificate,
  quoteOf,
} from './announcement.ts';
import { type Certificate, decodeCertificate, encodeCertificate } from './certificate.ts';
import { committeeResilience, seatOf } from './committee.ts';
import type { CheckpointConfig } from './config.ts';
import {
  committeeOfTerm,
  committeeOfVotes,
  conflictEvidence,
  doubleVoteEvidence,
  type SignedVote,
  surroundEvidence,
  TARGETS_AHEAD,
} from './evidence.ts';
import { commitmentFor, isHandover } from './handover.ts';
import { encodeProof, proveSource } from './proof.ts';
import { type CheckpointState, justifiedRef, type Term } from './state.ts';
import { CHECKPOINT_MAX, type Checkpoint, decodeVote, encodeVote, isConsecutive, type Link } from './vote.ts';
import { type Ballot, certificateOf, type PoolAnswer, VotePool } from './vote-pool.ts';

/** Guard lane of votes; its record outlives a crash, or two blocks may become final (finality-checkpoint SCH-1). */
const VOTE_LANE = 'vote';

/** Checkpoints that a node without records of its own votes waits before it votes (finality-checkpoint D4). */
const QUIET_CHECKPOINTS = 2;

/** Checkpoints without finality after which a node shows what its last final checkpoint rests on. */
const STALLED_CHECKPOINTS = 4;

/** Offers that the host keeps. */
const OFFERS_KEPT = 4;

/**
 * Certificates remembered for comparison: two sides that went on alone for longer are compared by whoever reads both
 * chains.
 */
const HISTORY_MAX = 256;

/** Seats from which on a single seat must not be able to stop finality without a warning (finality-checkpoint W4). */
const FRAGILE_SEATS_MIN = 7;

/**
 * Creates the engine of one node. It votes at most once per checkpoint, never while behind its peers, without a
 * seat, or once finality is broken; what a restart must not forget is in the guard of the signer.
 */
export function createEngine(
  config: CheckpointConfig,
  rules: ConsensusRules<CheckpointState>,
  context: EngineContext,
): ConsensusEngine<CheckpointState> {
  return new CheckpointEngine(config, rules, context);
}

class CheckpointEngine implements ConsensusEngine<CheckpointState> {
  readonly #config: CheckpointConfig;
  readonly #rules: ConsensusRules<CheckpointState>;
  readonly #context: EngineContext;
  readonly #pool = new VotePool();
  #head: Tip<CheckpointState> | undefined;
  #isBehind = true;
  /** X: once two quorums contradict each other this node signs nothing more. */
  #isHalted = false;
  /** D4: first checkpoint that may be voted for. */
  #quietUntil = 0;
  /** D4: whether this engine found no votes of its own, nor asked for one. */
  #isUntried = false;
  /** finality-checkpoint V4: the last checkpoint for which a signature was asked, whatever the answer. */
  #asked: { readonly term: number; readonly target: number } | undefined;
  #final: Checkpoint | undefined;
  /** Which term was traced last, by number and root: states come from the codec too, so references say nothing. */
  #tracedTerm: Pick<Term, 'number' | 'root'> | undefined;
  /** X: the newest certificates that this node accepted, for comparison with those of others. */
  readonly #history = new Map<string, Certificate>();
  #carried: CheckpointState['carried'] = [];
  /** The newest offers, as the host keeps them. */
  #offered: readonly string[] = [];

  constructor(config: CheckpointConfig, rules: ConsensusRules<CheckpointState>, context: EngineContext) {
    this.#config = config;
    this.#rules = rules;
    this.#context = context;
  }

  start(start: EngineStart<CheckpointState>): readonly Effect[] {
    const { state } = start.head;
    this.#isBehind = start.behind;
    this.#noteFinal(start.finalized);
    this.#isUntried = start.log.length === 0;
    if (state.height > 0) this.#keepQuiet(state);
    return this.#adopt(start.head);
  }

  on(input: Input<CheckpointState>): readonly Effect[] {
    if (this.#head === undefined) return [];
    switch (input.kind) {
      case 'headChanged':
        return this.#adopt(input.head);
      case 'syncChanged':
        this.#isBehind = input.behind;
        if (input.behind) return [];
        // Whoever lost its disk starts at genesis, and learns only from others how old the chain is.
        if (this.#votable(this.#head.state.height) > QUIET_CHECKPOINTS) this.#keepQuiet(this.#head.state);
        return this.#vote(this.#head);
      case 'messageReceived':
        return this.#receive(this.#head, input.message);
      case 'finalized':
        this.#noteFinal(input.header);
        return [];
      default:
        return [];
    }
  }

  usage(): readonly BufferUsage[] {
    const certificates: BufferUsage = { name: 'certificates', count: this.#history.size, max: HISTORY_MAX };
    return [this.#pool.usage(this.#config.window + TARGETS_AHEAD), certificates];
  }

  /** What the host holds final, from a proof of anybody. */
  #noteFinal({ id, height }: ConsensusHeader): void {
    const number = floorDivide(height, this.#config.every);
    if (this.#final === undefined || number > this.#final.number) this.#final = { number, id };
  }

  #adopt(head: Tip<CheckpointState>): readonly Effect[] {
    this.#head = head;
    const { state } = head;
    const effects: Effect[] = [...this.#traceCommittee(state)];
    this.#rememberCarried(state.carried);
    if (state.isBroken) effects.push(...this.#halt('EVIDENCE'));
    if (state.proof !== null) effects.push(...this.#finalise(state.final, state.proof, true));
    const lowest = this.#headNumber(state) - this.#config.window;
    this.#pool.prune(Math.max(0, state.term.number - 1), Math.max(this.#final?.number ?? 0, lowest));
    for (const ballot of this.#pool.ballots(state.term.number)) effects.push(...this.#count(head, ballot));
    return [...effects, ...this.#vote(head), ...this.#announce(state)];
  }

  /**
   * The highest checkpoint old enough, from the highest one that the branch justifies. Never while behind
   * (finality-checkpoint V5); targets above a boundary are voted for like others, or a split right above it would
   * last for ever (finality-checkpoint H2, SCH-4).
   */
  #vote(head: Tip<CheckpointState>): readonly Effect[] {
    const { state } = head;
    const { self } = this.#context;
    const mayVote = !this.#isBehind && !this.#isHalted && self !== null;
    if (!mayVote || seatOf(state.term.committee, self) === undefined) return [];
    const number = this.#votable(state.height);
    const source = sourceOf(state);
    const id = state.checkpoints.get(number);
    if (source === undefined || id === undefined || number <= justifiedRef(state).number) return [];
    if (number < this.#quietUntil) return [];
    const term = state.term.number;
    // finality-checkpoint V4: asked once per checkpoint; on another branch the same height is not asked for again.
    if (this.#asked !== undefined && term === this.#asked.term && number <= this.#asked.target) return [];
    this.#asked = { term, target: number };
    this.#isUntried = false;

    const handover = commitmentFor(state, source.number, this.#context);
    const payload = encodeVote({ term, source, target: { number, id }, handover });
    return [
      { kind: 'trace', event: 'checkpointVoted', data: { term, source: source.number, target: number } },
      // finality-checkpoint V3 and D1: durable first. What the guard recorded goes out again (finality-checkpoint D2).
      { kind: 'persist', height: state.height + 2 * this.#config.every, entry: payload },
      {
        kind: 'send',
        to: { kind: 'all' },
        payload,
        guard: { lane: VOTE_LANE, sequence: [term, number], floors: { source: sourceFloor(term, source.number) } },
        sticky: 'untilFinalized',
      },
    ];
  }

  #receive(head: Tip<CheckpointState>, message: SignedMessage): readonly Effect[] {
    const { payload, signature, author } = message;
    const link = decodeVote(payload);
    if (link === undefined) return this.#receiveQuotes(head, message);
    const effects: Effect[] = this.#watchOwnKey(message, link);
    const { ballot, accusations } = this.#pocket(head.state, { link, payload, signature }, author);
    effects.push(...accusations);
    return ballot === undefined ? effects : [...effects, ...this.#count(head, ballot)];
  }

  /** Quoted certificates: the host has checked every signature, so each of them is a vote like any other. */
  #receiveQuotes(head: Tip<CheckpointState>, message: SignedMessage): readonly Effect[] {
    const quotes = decodeAnnouncement(message.payload);
    if (quotes === undefined || message.author === this.#context.self) return [];
    const effects: Effect[] = [];
    for (const quote of quotes) {
      const { link } = quote;
      const payload = encodeVote(link);
      let ballot: Ballot | undefined;
      const voters = committeeOfVotes(head.state, link.term);
      for (const { id, signature } of voters === undefined ? [] : memberSignatures(quote, voters)) {
        const vote = { link, payload, signature };
        const answer = this.#pocket(head.state, vote, id);
        ballot = answer.ballot ?? ballot;
        effects.push(...answer.accusations);
        if (answer.rival === undefined) continue;
        // V1: the host compares votes that came by themselves.
        const evidence = doubleVoteEvidence(id, [answer.rival, vote], head.state.height, this.#context);
        effects.push({ kind: 'accuse', evidence });
      }
      if (ballot !== undefined) effects.push(...this.#count(head, ballot));
      const committee = committeeOfTerm(head.state, link.term);
      const certificate = committee && quotedCertificate(quote, committee);
      if (certificate !== undefined) effects.push(...this.#findContradiction(head.state, certificate));
    }
    return effects;
  }

  /** Keeps an authentic vote of a member; a vote that breaks V2 accuses its voter. */
  #pocket(
    state: CheckpointState,
    vote: SignedVote,
    author: ActorId,
  ): Pick<PoolAnswer, 'ballot' | 'rival'> & { readonly accusations: readonly Effect[] } {
    const { link } = vote;
    // H4: votes of the next committee are kept once it is known, and counted once it has taken over.
    const committee = committeeOfVotes(state, link.term);
    const isMember = committee !== undefined && seatOf(committee, author) !== undefined;
    if (!isMember || !this.#isTimely(state, link)) return { ballot: undefined, rival: undefined, accusations: [] };
    const isStrange = ({ target }: Link): boolean => state.checkpoints.get(target.number) !== target.id;
    const { ballot, surround, rival } = this.#pool.add({ ...vote, voter: author }, isStrange);
    if (surround === undefined) return { ballot, rival, accusations: [] };
    const evidence = surroundEvidence(author, surround.outer, surround.inner, this.#config, this.#context);
    return { ballot, rival, accusations: [{ kind: 'accuse', evidence }] };
  }

  /** Offers and finalises what a quorum voted for; votes that come later add nothing to it. */
  #count(head: Tip<CheckpointState>, ballot: Ballot): readonly Effect[] {
    const { state } = head;
    // H4: votes of the next committee wait until it has taken over.
    if (ballot.link.term !== state.term.number || this.#isOffered(ballot.link)) return [];
    const certificate = certificateOf(ballot, state.term.committee);
    if (certificate === undefined) return [];
    const contradiction = this.#findContradiction(state, certificate);
    if (contradiction.length > 0 || this.#isHalted) return contradiction;
    const bytes = encodeCertificate(certificate);
    if (this.#rules.verifyCertificate?.(bytes, head).kind !== 'accept') return [];
    this.#remember(certificate);
    return [...this.#offer(certificate, bytes), ...this.#finaliseBy(state, certificate)];
  }

  /** One certificate per link (finality-checkpoint B1); the host keeps the newest four, so only what fell out is offered again. */
  #offer({ link }: Certificate, certificate: Bytes): readonly Effect[] {
    this.#offered = [...this.#offered, encodeVote(link).join()].slice(-OFFERS_KEPT);
    return [{ kind: 'offerCertificate', certificate }];
  }

  /** Votes that come after a quorum add nothing to what was made of it. */
  #isOffered(link: Link): boolean {
    return this.#offered.includes(encodeVote(link).join());
  }

  /** F1 and F5 by votes alone, before a block carries them. */
  #finaliseBy(state: CheckpointState, certificate: Certificate): readonly Effect[] {
    const { link } = certificate;
    const { handover, term } = state;
    if (!isConsecutive(link)) return [];
    if (handover !== null && handover.fixed !== null && isHandover(state, link, this.#context)) {
      const boundary = { number: handover.boundary, id: handover.fixed.id };
      const proof = encodeProof({
        handover: { boundary, committee: handover.fixed.committee, certificate },
        certificate: null,
      });
      return this.#finalise(boundary, proof, false);
    }
    return this.#finalise(link.source, proveSource(certificate, term, this.#config), false);
  }

  /** The final checkpoint only moves up (finality-checkpoint F3). */
  #finalise(final: Checkpoint, proof: Bytes, isCarried: boolean): readonly Effect[] {
    if (this.#final !== undefined && final.number <= this.#final.number) return [];
    this.#final = final;
    return [
      { kind: 'trace', event: 'checkpointFinal', data: { number: final.number, id: final.id, carried: isCarried } },
      { kind: 'publish', blockId: final.id, proof },
    ];
  }

  /** X: a quorum that contradicts what this node holds final. */
  #findContradiction(state: CheckpointState, certificate: Certificate): readonly Effect[] {
    const committee = committeeOfTerm(state, certificate.link.term);
    if (committee === undefined || this.#isHalted) return [];
    const evidence = [...this.#history.values()]
      .map((mine) => conflictEvidence(mine, certificate, committee, this.#config, this.#context))
      .find((found) => found !== undefined);
    if (evidence === undefined) return [];
    return [...this.#halt('VOTES'), { kind: 'accuse', evidence }];
  }

  /** While finality stands still, the two sides of a conflict have to learn of each other. */
  #announce(state: CheckpointState): readonly Effect[] {
    const { self } = this.#context;
    const number = this.#headNumber(state);
    const stalled = number - (this.#final ?? state.final).number;
    const isDue = state.height % this.#config.every === 0 && stalled >= STALLED_CHECKPOINTS;
    if (!isDue || stalled % STALLED_CHECKPOINTS !== 0 || self === null || this.#isBehind) return [];
    const newest = [...this.#history.values()].slice(-QUOTES_MAX);
    const quotes = newest.flatMap((certificate) => {
      const committee = committeeOfTerm(state, certificate.link.term);
      return committee === undefined ? [] : [quoteOf(certificate, committee)];
    });
    if (quotes.length === 0 || seatOf(state.term.committee, self) === undefined) return [];
    return [{ kind: 'send', to: { kind: 'all' }, payload: encodeAnnouncement(quotes) }];
  }

  #rememberCarried(carried: CheckpointState['carried']): void {
    const isKnown =
      carried.length === this.#carried.length &&
      carried.every((bytes, index) => {
        const known = this.#carried[index];
        return known !== undefined && compareBytes(bytes, known) === 0;
      });
    if (isKnown) return;
    this.#carried = carried;
    for (const certificate of carried.flatMap((bytes) => decodeCertificate(bytes) ?? [])) this.#remember(certificate);
  }

  #remember(certificate: Certificate): void {
    const key = encodeVote(certificate.link).join();
    if (this.#history.has(key)) return;
    this.#history.set(key, certificate);
    const [oldest] = this.#history.keys();
    if (this.#history.size > HISTORY_MAX && oldest !== undefined) this.#history.delete(oldest);
  }

  #halt(reason: string): readonly Effect[] {
    if (this.#isHalted) return [];
    this.#isHalted = true;
    return [{ kind: 'trace', event: 'FINALITY_CONFLICT', data: { reason, final: this.#final?.id ?? '' } }];
  }

  /** D4: a key without votes may have some that were lost. It waits once, and again only if it is heard of. */
  #keepQuiet({ height }: CheckpointState): void {
    if (this.#isUntried) this.#quietUntil = this.#votable(height) + QUIET_CHECKPOINTS + 1;
    this.#isUntried = false;
  }

  /** D4: a vote of the own key before this engine asked for one means that the key works elsewhere, or did before. */
  #watchOwnKey(message: SignedMessage, { target }: Link): Effect[] {
    const isForeign = message.author === this.#context.self && this.#asked === undefined && this.#quietUntil > 0;
    if (!isForeign || target.number < this.#quietUntil - QUIET_CHECKPOINTS) return [];
    this.#quietUntil = Math.max(this.#quietUntil, target.number + QUIET_CHECKPOINTS + 1);
    return [{ kind: 'trace', event: 'ownVoteHeard', data: { target: target.number } }];
  }

  /** W4: who can stop or break finality, once per committee. */
  #traceCommittee({ term }: CheckpointState): readonly Effect[] {
    const { committee, number, root } = term;
    if (number === this.#tracedTerm?.number && root.id === this.#tracedTerm.root.id) return [];
    this.#tracedTerm = term;
    const seats = committee.seats.length;
    const { haltSet, breakSet } = committeeResilience(committee);
    const data = { term: number, seats, quorum: committee.quorum, haltSet, breakSet };
    const effects: Effect[] = [{ kind: 'trace', event: 'termStarted', data }];
    if (haltSet < 2 && seats >= FRAGILE_SEATS_MIN) effects.push({ kind: 'trace', event: 'COMMITTEE_FRAGILE', data });
    return effects;
  }

  #isTimely(state: CheckpointState, { target }: Link): boolean {
    const head = this.#headNumber(state);
    const lowest = Math.max((this.#final ?? state.final).number, head - this.#config.window);
    return target.number > lowest && target.number <= head + TARGETS_AHEAD;
  }

  #headNumber({ height }: CheckpointState): number {
    return floorDivide(height, this.#config.every);
  }

  /** Highest checkpoint with D blocks above it; 0 if there is none. */
  #votable(height: number): number {
    const { every, delay } = this.#config;
    return height < delay ? 0 : Math.min(floorDivide(height - delay, every), CHECKPOINT_MAX);
  }
}

/**
 * What a vote on this branch starts from: the highest justified checkpoint that counts for the fork choice. That may
 * still leave a higher one behind, and its voter would be silent then (finality-checkpoint V6, SCH-6).
 *
 * @returns `undefined` while a voter waits for a higher one to count, since finality is late already.
 */
function sourceOf(state: CheckpointState): Checkpoint | undefined {
  const highest = justifiedRef(state);
  if (state.forkStart >= highest.number) return highest;
  const counted = state.justified.find(({ number }) => number === state.forkStart);
  return counted !== undefined && state.final.number >= counted.number - 1 ? counted : undefined;
}

/**
 * The pair of term and source as one number that never falls (finality-checkpoint V2, D3). A guard with positions
 * alone would sign around an earlier vote (finality-checkpoint D5 and SCH-2).
 */
function sourceFloor(term: number, source: number): number {
  return term * (CHECKPOINT_MAX + 1) + source;
}
