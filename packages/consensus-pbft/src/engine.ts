/**
 * The active half: rounds, votes, locks (pbft R1 to R10, N1 to N5, S1 to S4).
 *
 * @module
 */
import {
  type BufferUsage,
  type Bytes,
  type ConsensusEngine,
  type ConsensusHeader,
  type Effect,
  type EngineContext,
  type EngineStart,
  type Evidence,
  type Guard,
  type Input,
  LIMITS,
  type Millis,
  type PeerId,
  type Tip,
} from '@fiducia/consensus';
import { Answers } from './answers.ts';
import type { PbftConfig } from './config.ts';
import { FutureBuffer, headerFor } from './future.ts';
import { guardOf } from './guards.ts';
import { HeightState, type Justification } from './height.ts';
import { type BindingMessage, type BlockRef, encodeEntry, type Restored, restore } from './journal.ts';
import { justificationFault } from './justification.ts';
import { LockWatch } from './lock-watch.ts';
import {
  decodeMessage,
  encodeMessage,
  encodeSeals,
  type PbftMessage,
  type PreparedMessage,
  type ProposalMessage,
  type QuotedSignature,
  ROUND_MAX,
  type Round,
  type RoundChangeMessage,
  type VoteMessage,
} from './message.ts';
import { FUTURE_HEIGHTS } from './offences.ts';
import type { PbftProposalRefusal } from './refusals.ts';
import { buildRequest, roundOf, roundTimes } from './rounds.ts';
import { councilAfter } from './rules.ts';
import type { PbftState } from './state.ts';

/** Time to propose in round 0 (pbft R1). */
const PROPOSE_TIMER = 'propose';
/** End of the current round (pbft R6). */
const ROUND_TIMER = 'round';
/** A block from the near future may be judged now. */
const FUTURE_TIMER = 'future';

/** Rounds without a block after which validators show each other the newest one (pbft R10). */
const ROUNDS_STALLED = 4;

type Of<Kind extends Input<PbftState>['kind']> = Extract<Input<PbftState>, { kind: Kind }>;

/**
 * Creates the engine of one node. A node without an identity, or without weight on a height, follows: it
 * gathers the messages of others and never signs. While behind its peers a node signs nothing either.
 */
export function createEngine(config: PbftConfig, context: EngineContext): ConsensusEngine<PbftState> {
  return new PbftEngine(config, context);
}

class PbftEngine implements ConsensusEngine<PbftState> {
  readonly #config: PbftConfig;
  readonly #context: EngineContext;
  readonly #future = new FutureBuffer();
  readonly #locks: LockWatch;
  readonly #answers: Answers;
  #at: HeightState | undefined;
  #isBehind = true;
  #effects: Effect[] = [];

  constructor(config: PbftConfig, context: EngineContext) {
    this.#config = config;
    this.#context = context;
    this.#locks = new LockWatch(context);
    this.#answers = new Answers(config.blockTimeMs);
  }

  start(start: EngineStart<PbftState>, now: Millis): readonly Effect[] {
    this.#isBehind = start.behind;
    const at = this.#open(start.head);
    const restored = restore(start.log, at.height);
    if (restored !== undefined) this.#resume(at, restored);
    this.#join(at, now);
    return this.#flush();
  }

  on(input: Input<PbftState>, now: Millis): readonly Effect[] {
    const at = this.#at;
    if (at !== undefined) this.#handle(at, input, now);
    return this.#flush();
  }

  usage(): readonly BufferUsage[] {
    const locks = this.#locks.usage(this.#at?.council.seats.length ?? 0);
    return [...this.#future.usage(), ...(this.#at?.usage() ?? []), locks, this.#answers.usage()];
  }

  #handle(at: HeightState, input: Input<PbftState>, now: Millis): void {
    switch (input.kind) {
      case 'headChanged':
        this.#onHead(at, input.head, now);
        return;
      case 'syncChanged':
        this.#isBehind = input.behind;
        this.#join(at, now);
        return;
      case 'timerElapsed':
        this.#onTimer(at, input.timerId, now);
        return;
      case 'messageReceived':
        this.#onMessage(at, input, now);
        return;
      case 'blockBuilt':
        this.#onBuilt(at, input, now);
        return;
      case 'blockValidated':
        this.#onValidated(at, input, now);
        return;
      case 'blockFetched':
        this.#onFetched(at, input, now);
        return;
    }
  }

  // Heights and rounds

  #open(head: Tip<PbftState>): HeightState {
    const at = new HeightState(head, councilAfter(head.state, this.#config));
    this.#at = at;
    return at;
  }

  #onHead(last: HeightState, head: Tip<PbftState>, now: Millis): void {
    if (head.header.id === last.parent.header.id) return;
    for (const requestId of last.requests) this.#effects.push({ kind: 'cancel', requestId });
    if (head.header.height === last.parent.header.height) {
      last.replaceParent(head, councilAfter(head.state, this.#config));
      this.#armRound(last, now);
      return;
    }
    const at = this.#open(head);
    this.#armRound(at, now);
    for (const { from, message, header } of this.#future.take(at.height)) {
      this.#onMessage(at, { kind: 'messageReceived', from, message, ...(header && { header }) }, now);
    }
  }

  /** S2: the same round, the same lock, the same bytes again. */
  #resume(at: HeightState, { round, prepared, messages }: Restored): void {
    at.enter(round);
    at.prepared = prepared;
    if (prepared !== null) {
      at.remember(prepared.block);
      at.addCertificate(prepared.certificate);
      at.valid.add(prepared.block.id);
    }
    const data = { height: at.height, round, prepared: prepared?.certificate.round ?? null };
    this.#effects.push({ kind: 'trace', event: 'resumed', data });
    for (const { message, entry } of messages) {
      const { blockId } = entry;
      const block = blockId === null || message.kind === 'roundChange' ? null : { id: blockId, digest: message.digest };
      if (block !== null) at.remember(block);
      if (block !== null && message.kind !== 'proposal') {
        at.accepted = { round, block };
        at.valid.add(block.id);
      }
      if (message.kind === 'proposal') at.proposed.add(round);
      at.steps.take(message);
      // A COMMIT comes after the ROUND-CHANGE of its round in their common guard lane.
      const isPassed = message.kind === 'roundChange' && messages.some((other) => other.message.kind === 'commit');
      if (!isPassed) at.owed.push(() => this.#sendAgain(at, message, entry.payload, block));
    }
  }

  /** S2: what was sent before a restart goes out again as soon as this node may vote, for a host starts behind its peers. */
  #join(at: HeightState, now: Millis): void {
    if (!this.#isVoter(at)) return;
    for (const sendAgain of at.owed.splice(0)) sendAgain();
    this.#armRound(at, now);
    // What came meanwhile is heard of once only: a host delivers no copy of it.
    this.#vote(at);
    this.#followRoundChanges(at, now);
  }

  #sendAgain(at: HeightState, message: BindingMessage, payload: Bytes, block: BlockRef | null): void {
    if (message.kind === 'roundChange') this.#sendCertificate(at);
    this.#send(payload, guardOf(at, message), message.kind === 'proposal' ? block : null);
  }

  /** R1, R6: the proposer waits for the block time, and everybody else for the proposer. */
  #armRound(at: HeightState, now: Millis): void {
    if (!this.#isVoter(at)) return;
    const { start, end } = roundTimes(at, this.#config, now);
    this.#effects.push({ kind: 'setTimer', timerId: ROUND_TIMER, at: end });
    if (at.round === 0 && this.#isProposer(at, 0) && !at.proposed.has(0)) {
      this.#effects.push({ kind: 'setTimer', timerId: PROPOSE_TIMER, at: start });
    }
  }

  #onTimer(at: HeightState, timerId: string, now: Millis): void {
    if (timerId === FUTURE_TIMER) {
      this.#check(at, now);
      return;
    }
    if (!this.#isVoter(at)) return;
    if (timerId === PROPOSE_TIMER && at.round === 0) this.#build(at, 0, now);
    if (timerId === ROUND_TIMER) this.#enterRound(at, at.round + 1, 'timeout', now); // R6
  }

  /** R6, R7: leaves the round, and tells the others with what lock. */
  #enterRound(at: HeightState, round: Round, reason: string, now: Millis): void {
    if (round > ROUND_MAX) return;
    this.#enter(at, round, reason);
    this.#armRound(at, now);
    if (!this.#isVoter(at)) return;
    if (round % ROUNDS_STALLED === 0) this.#showHead(at); // R10
    const { prepared } = at;
    const claim = prepared && { round: prepared.certificate.round, digest: prepared.block.digest };
    this.#sendCertificate(at);
    this.#bind(at, { kind: 'roundChange', height: at.height, round, prepared: claim }, null);
    this.#followRoundChanges(at, now);
  }

  #enter(at: HeightState, round: Round, reason: string): void {
    at.enter(round);
    this.#effects.push({ kind: 'trace', event: 'roundEntered', data: { height: at.height, round, reason } });
  }

  // Messages

  #onMessage(at: HeightState, input: Of<'messageReceived'>, now: Millis): void {
    const { from, message, header } = input;
    const decoded = decodeMessage(message.payload);
    if (decoded === undefined) {
      this.#effects.push({ kind: 'trace', event: 'messageMalformed', data: { author: message.author } });
      return;
    }
    if (decoded.kind === 'commit') this.#accuse(this.#locks.onCommit(decoded, message)); // M4
    if (decoded.height < at.height) {
      if (decoded.kind === 'roundChange') this.#answerLate(at, message.author, from, now);
      return; // N1
    }
    if (decoded.height > at.height) {
      this.#keep(at, decoded, input);
      return;
    }
    if (at.council.weightOf(message.author) === 0n) return;

    const quoted = { author: message.author, signature: message.signature };
    switch (decoded.kind) {
      case 'proposal':
        this.#onProposal(at, decoded, { author: message.author, from, header }, now);
        return;
      case 'prepare':
      case 'commit':
        this.#onVote(at, decoded, quoted);
        return;
      case 'roundChange':
        this.#accuse(this.#locks.onRoundChange(at, decoded, message));
        this.#onRoundChange(at, decoded, quoted, now);
        return;
      case 'prepared':
        this.#onPrepared(at, decoded, header, now);
        return;
    }
  }

  /** N2, N3: messages of the next heights wait, within the share of their author. */
  #keep(at: HeightState, decoded: PbftMessage, { from, message, header }: Of<'messageReceived'>): void {
    const { height } = decoded;
    if (height > at.height + FUTURE_HEIGHTS) {
      this.#effects.push({ kind: 'trace', event: 'behind', data: { height: at.height, seen: height } });
      return;
    }
    const sender = at.council.weightOf(message.author) > 0n ? message.author : null;
    this.#future.add(height, { from, message, header: headerFor(decoded, header) }, sender, at.council.seats.length);
  }

  /**
   * R9: whoever changes rounds of a height that has its block is stuck, and gets the newest block, as often as
   * there are blocks at most. A late vote says nothing: the last one of every height is late.
   */
  #answerLate(at: HeightState, author: string, from: PeerId, now: Millis): void {
    const mayAnswer = author !== this.#context.self && this.#isVoter(at);
    if (mayAnswer && this.#answers.take(from, now)) this.#showHead(at);
  }

  /** The newest block with its proof, if it is one of this protocol. */
  #showHead({ parent: { header } }: HeightState): void {
    const isOurs = header.protocol === this.#context.protocol && header.height > 0;
    if (isOurs) this.#effects.push({ kind: 'publish', blockId: header.id });
  }

  /** R2 up to the check of the block. */
  #onProposal(
    at: HeightState,
    proposal: ProposalMessage,
    arrival: { readonly author: string; readonly from: PeerId; readonly header: ConsensusHeader | undefined },
    now: Millis,
  ): void {
    const { round, digest } = proposal;
    const { author, from, header } = arrival;
    const refuse = (code: PbftProposalRefusal) =>
      this.#effects.push({ kind: 'trace', event: 'proposalRefused', data: { height: at.height, round, author, code } });
    if (author !== at.council.proposerAt(round)) {
      // P
      refuse('WRONG_PROPOSER');
      return;
    }
    const fault = justificationFault(proposal, at.council);
    if (fault !== undefined) {
      refuse(fault);
      return;
    }
    this.#accuse(this.#locks.onProposal(at, proposal));
    // J4: a block is its proposer's own, unless a quorum was prepared for it already.
    const isNew = proposal.roundChanges.every(({ prepared }) => prepared === null);
    if (isNew && header !== undefined && header.author !== author) {
      refuse('WRONG_AUTHOR');
      return;
    }
    const block = at.learn(header, digest, !isNew);
    if (block === undefined || (isNew && header === undefined)) {
      refuse('BLOCK_MISSING');
      return;
    }
    this.#decide(at);
    const isSettled = round < at.round || at.accepted?.round === round || at.isChecking(round, block);
    if (isSettled || this.#context.self === null) return;
    const notBefore = (header?.timestamp ?? 0) - this.#config.maxSkewMs;
    at.pending.set(round, { block, from, notBefore, step: 'waiting', isHeardAgain: false });
    this.#check(at, now);
  }

  #onVote(at: HeightState, { kind, round, digest }: VoteMessage, quoted: QuotedSignature): void {
    if (kind === 'prepare') {
      at.prepares.add(round, quoted, digest, at.round);
      this.#prepare(at);
      return;
    }
    at.commits.add(round, quoted, digest, at.round);
    this.#decide(at);
  }

  #onRoundChange(at: HeightState, change: RoundChangeMessage, quoted: QuotedSignature, now: Millis): void {
    const { round, prepared } = change;
    // J2
    if (prepared !== null && prepared.round >= round) {
      this.#effects.push({ kind: 'trace', event: 'claimRefused', data: { author: quoted.author } });
      return;
    }
    at.roundChanges.add(round, { ...quoted, prepared }, at.round);
    this.#followRoundChanges(at, now);
  }

  #onPrepared(at: HeightState, message: PreparedMessage, header: ConsensusHeader | undefined, now: Millis): void {
    const { certificate } = message;
    if (!at.addCertificate(certificate)) return;
    at.learn(header, certificate.digest, true);
    this.#decide(at);
    this.#followRoundChanges(at, now);
  }

  // Blocks

  /** Asks the host about blocks of proposals, each as soon as its time is not in the future (pbft R2). */
  #check(at: HeightState, now: Millis): void {
    let next: Millis | undefined;
    for (const [round, pending] of at.pending) {
      const { block, notBefore, step } = pending;
      if (step !== 'waiting' && step !== 'fetched') continue;
      if (notBefore > now) {
        next = Math.min(next ?? notBefore, notBefore);
      } else if (at.valid.has(block.id)) {
        this.#accept(at, round, block, now);
      } else {
        at.pending.set(round, { ...pending, step: step === 'fetched' ? 'checkedAgain' : 'checked' });
        this.#effects.push({ kind: 'validateBlock', blockId: block.id });
      }
    }
    if (next !== undefined) this.#effects.push({ kind: 'setTimer', timerId: FUTURE_TIMER, at: next });
  }

  #onValidated(at: HeightState, { blockId, result }: Of<'blockValidated'>, now: Millis): void {
    if (result === 'valid') at.valid.add(blockId);
    for (const [round, pending] of at.pending) {
      const { block, from, step } = pending;
      if (block.id !== blockId) continue;
      if (result === 'valid') {
        this.#accept(at, round, block, now);
      } else if (result === 'unavailable' && step === 'checked') {
        at.pending.set(round, { ...pending, step: 'fetching' });
        const requestId = `fetch/${at.height}/${round}`;
        at.requests.add(requestId);
        this.#effects.push({ kind: 'fetchBlock', requestId, blockId, from });
      } else if (pending.isHeardAgain) {
        at.pending.set(round, { ...pending, isHeardAgain: false });
        this.#effects.push({ kind: 'validateBlock', blockId });
      } else {
        at.pending.delete(round);
        const data = { height: at.height, round, code: result === 'invalid' ? 'BLOCK_INVALID' : 'BLOCK_UNAVAILABLE' };
        this.#effects.push({ kind: 'trace', event: 'proposalRefused', data });
      }
    }
  }

  #onFetched(at: HeightState, { requestId, header }: Of<'blockFetched'>, now: Millis): void {
    if (!at.requests.delete(requestId)) return;
    const round = roundOf(requestId);
    const pending = at.pending.get(round);
    if (pending?.step !== 'fetching') return;
    if (header === null) at.pending.delete(round);
    else at.pending.set(round, { ...pending, step: 'fetched' });
    this.#check(at, now);
  }

  /** R2 */
  #accept(at: HeightState, round: Round, block: BlockRef, now: Millis): void {
    at.pending.delete(round);
    if (round < at.round || at.accepted?.round === round) return;
    if (round > at.round) this.#enter(at, round, 'proposal');
    // However late the proposal came, the votes on it get a whole round.
    this.#armRound(at, now);
    at.accepted = { round, block };
    this.#vote(at);
  }

  /** Votes for what was accepted in this round, as far as it did not (pbft R2, R3). */
  #vote(at: HeightState): void {
    const { accepted, height, prepared, round } = at;
    if (accepted?.round !== round) return;
    const { block } = accepted;
    const vote = (kind: VoteMessage['kind']) => this.#bind(at, { kind, height, round, digest: block.digest }, block);
    vote('prepare');
    if (prepared?.certificate.round === round) vote('commit');
    this.#prepare(at);
  }

  /** R3 */
  #prepare(at: HeightState): void {
    const { accepted, round } = at;
    if (accepted?.round !== round || at.prepared?.certificate.round === round) return;
    const { block } = accepted;
    const signatures = at.prepares.supporters(round, block.digest);
    const certificate = { round, digest: block.digest, signatures };
    if (!at.addCertificate(certificate)) return;
    at.prepared = { block, certificate };
    this.#effects.push({ kind: 'trace', event: 'prepared', data: { height: at.height, round, block: block.id } });
    this.#bind(at, { kind: 'commit', height: at.height, round, digest: block.digest }, block);
  }

  /** R4: COMMITs of one round only: those of two rounds can be for a block that another one replaced (pbft M2). */
  #decide(at: HeightState): void {
    if (at.isDecided || this.#context.self === null) return;
    for (const { round, digest } of at.commits.candidates()) {
      const block = at.blockOf(digest);
      const signatures = at.commits.supporters(round, digest);
      if (block === undefined || at.council.weigh(signatures.map(({ author }) => author)) < at.council.quorum) continue;
      at.isDecided = true;
      this.#effects.push({ kind: 'trace', event: 'decided', data: { height: at.height, round, block: block.id } });
      this.#effects.push({
        kind: 'publish',
        blockId: block.id,
        sealing: { kind: 'attach', seal: new Uint8Array() },
        proof: encodeSeals({ round, signatures }),
      });
      return;
    }
  }

  // Proposing

  /** R7, then R8: to where f + 1 ask, as often as they do, and then perhaps to propose. */
  #followRoundChanges(at: HeightState, now: Millis): void {
    const target = at.jumpTarget();
    // Entering comes back here.
    if (target !== undefined && this.#isVoter(at)) {
      this.#enterRound(at, target, 'jump', now);
      return;
    }
    for (const round of at.roundChanges.rounds()) {
      const isMine = round > 0 && round >= at.round && this.#isProposer(at, round) && !at.proposed.has(round);
      const justification = isMine ? at.justify(round) : undefined;
      if (justification !== undefined) this.#proposeJustified(at, round, justification, now);
    }
  }

  /** R8: the value of the highest prepared round, or a block of one's own. */
  #proposeJustified(at: HeightState, round: Round, justification: Justification, now: Millis): void {
    const { value } = justification;
    if (value === undefined) {
      const built = at.built.get(round);
      if (built === undefined) {
        this.#build(at, round, now);
        return;
      }
      if (built !== null) this.#propose(at, round, built, justification);
      return;
    }
    const block = at.blockOf(value.digest);
    if (block === undefined) {
      this.#effects.push({ kind: 'trace', event: 'valueUnknown', data: { height: at.height, round } });
      return;
    }
    this.#propose(at, round, block, justification);
  }

  #build(at: HeightState, round: Round, now: Millis): void {
    if (!this.#isProposer(at, round) || at.built.has(round) || at.proposed.has(round)) return;
    at.built.set(round, null);
    const request = buildRequest(at, round, this.#config, now);
    at.requests.add(request.requestId);
    this.#effects.push(request);
  }

  #onBuilt(at: HeightState, { requestId, header }: Of<'blockBuilt'>, now: Millis): void {
    if (!at.requests.delete(requestId) || header === null) return;
    const round = roundOf(requestId);
    const block = at.learn(header, header.sealHash, false);
    if (block === undefined || round < at.round || !this.#isVoter(at)) return;
    at.valid.add(block.id);
    at.built.set(round, block);
    if (round > 0) {
      this.#followRoundChanges(at, now);
      return;
    }
    this.#propose(at, 0, block, { roundChanges: [], certificates: [], value: undefined });
  }

  #propose(at: HeightState, round: Round, block: BlockRef, justification: Justification): void {
    if (at.proposed.has(round) || !this.#isVoter(at)) return;
    at.proposed.add(round);
    const { roundChanges, certificates } = justification;
    const { height } = at;
    this.#bind(at, { kind: 'proposal', height, round, digest: block.digest, roundChanges, certificates }, block);
  }

  // Effects

  /** Writes a message down, with the lock it rests on, and only then sends it (pbft S1, S3). */
  #bind(at: HeightState, message: BindingMessage, block: BlockRef | null): void {
    if (!this.#isVoter(at) || !at.steps.take(message)) return;
    const payload = encodeMessage(message);
    const entry = encodeEntry({ payload, blockId: block?.id ?? null, prepared: at.prepared });
    if (entry.length > LIMITS.logEntryBytes) {
      this.#effects.push({ kind: 'trace', event: 'messageTooLong', data: { bytes: entry.length } });
      return;
    }
    this.#effects.push({ kind: 'persist', height: at.height, entry, ...(block && { blockId: block.id }) });
    this.#send(payload, guardOf(at, message), message.kind === 'proposal' ? block : null);
  }

  /** What others need to believe the claim of a ROUND-CHANGE, the block included (pbft R6, J5). */
  #sendCertificate(at: HeightState): void {
    if (at.prepared === null) return;
    const { block, certificate } = at.prepared;
    const payload = encodeMessage({ kind: 'prepared', height: at.height, round: certificate.round, certificate });
    this.#send(payload, { lane: 'prepared', sequence: [at.height, at.round] }, block);
  }

  #send(payload: Bytes, guard: Guard, block: BlockRef | null): void {
    this.#effects.push({
      kind: 'send',
      to: { kind: 'validators' },
      payload,
      guard,
      sticky: 'untilHeadChanges',
      ...(block && { blockId: block.id }),
    });
  }

  #accuse(found: readonly Evidence[]): void {
    for (const evidence of found) this.#effects.push({ kind: 'accuse', evidence });
  }

  #isVoter({ council }: HeightState): boolean {
    const { self } = this.#context;
    return self !== null && !this.#isBehind && council.weightOf(self) > 0n;
  }

  #isProposer(at: HeightState, round: Round): boolean {
    return this.#isVoter(at) && at.council.proposerAt(round) === this.#context.self;
  }

  #flush(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
