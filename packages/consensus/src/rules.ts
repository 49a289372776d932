/**
 * The pure half of a plugin.
 *
 * @module
 */
import type { Directive } from './directive.ts';
import type { EraStart, Handover } from './era.ts';
import type { ConsensusError } from './errors.ts';
import type { Artefact, Evidence, SignedMessage } from './evidence.ts';
import type { Fact } from './fact.ts';
import type { ConsensusHeader, HeaderContext, Tip, Validator } from './header.ts';
import type { PluginRequirements, PluginTraits } from './plugin.ts';
import type { BlockId, Bytes, LIMITS, Millis } from './primitives.ts';
import type { Claim, Verdict } from './verdict.ts';

/**
 * Canonical encoding of a plugin's state, in chunks so that large states never need one buffer.
 *
 * `decode(encode(s))` behaves like `s` in every function of the rules, and equal states have equal
 * chunks. The host may pause between chunks and stores equal chunks once, so a codec that cuts
 * along stable boundaries (one chunk per page of a register) makes repeated checkpoints cheap.
 */
export interface StateCodec<State> {
  /** Yields one or more chunks of 1 to {@link LIMITS}`.stateChunkBytes` bytes. Total, deterministic. */
  encode(state: State): Iterable<Bytes>;
  /**
   * Rebuilds a state.
   * @throws {@link ConsensusError} with `INVALID_ENCODING` on anything `encode` cannot yield.
   */
  decode(chunks: Iterable<Bytes>): State;
}

/** How the chain becomes irreversible under these rules. */
export type FinalityRules<State> =
  | {
      /**
       * No certainty from this plugin. Blocks `depth` below the head are reported as settled, which
       * is a hint for wallets: the host still reorganises below it.
       */
      readonly kind: 'settle';
      /** Blocks to wait, at least 1. Total, deterministic. */
      depth(state: State): number;
    }
  | {
      /** A proof makes a block and all its ancestors irreversible. */
      readonly kind: 'proof';
      /** True if a block is imported only together with its proof, so the chain never forks. */
      readonly attached: boolean;
      /**
       * Judges a stand-alone finality proof of `header`. Total, deterministic, never `defer`.
       *
       * `header` need not have passed {@link ConsensusRules.verifyHeader}: a proof of a block beside the final chain is
       * judged by itself. What the proof does not bind, such as the seal where votes name `sealHash`, has to be judged
       * here, or a copy of a final block would prove that finality is broken.
       *
       * Two conflicting blocks must not both have acceptable proofs unless more weight misbehaved
       * than {@link PluginTraits.faults} tolerates.
       */
      verifyProof(proof: Bytes, header: ConsensusHeader, parent: Tip<State>): Verdict;
      /**
       * For how many blocks after it those who signed a proof can lose something for it, at least 1: usually as long as
       * stake stays locked. Default 1000.
       *
       * Keys that are older than that are worth nothing to their owners. A proof by them that excludes the final block
       * says nothing about those who vote now, and stops no node (contract H-46).
       */
      readonly accountableBlocks?: number;
    };

/**
 * The pure half of a plugin, evaluated by every full node, light client, explorer and simulator.
 *
 * All functions are synchronous and deterministic. A `State` is an immutable value attached to one
 * block. States of neighbouring blocks may share structure; `contract.md` section 5 says when the
 * host lets a state go.
 */
export interface ConsensusRules<State> {
  /** Encoding of states for checkpoints. */
  readonly codec: StateCodec<State>;

  /** How blocks become irreversible. */
  readonly finality: FinalityRules<State>;

  /**
   * State before the first block of an era.
   * @throws {@link ConsensusError} with `INVALID_HANDOVER` if the era cannot start from `start`.
   *   The host tries this when it is configured, so that it does not happen at the switch.
   */
  initialState(start: EraStart): State;

  /**
   * Judges `header` as a child of `parent`. Total.
   *
   * The host has already checked parent link, height, protocol and sizes. Only `defer` may depend
   * on `now`: once it is past `until` the answer is the same for every later `now`. Changing any
   * bit of `digest` or `seal` must lead to `reject` or to different claims.
   *
   * @param now - Local time of the verifying node.
   */
  verifyHeader(header: ConsensusHeader, parent: Tip<State>, now: Millis): Verdict;

  /**
   * State after an accepted header. Total for accepted headers; must not modify `state`, because
   * siblings are applied to the same parent.
   *
   * @param facts - Facts of executing exactly this block, filtered by {@link PluginRequirements}.
   */
  applyHeader(state: State, header: ConsensusHeader, facts: readonly Fact[]): State;

  /**
   * What a block adds to the weight of its branch, at least `1n`. Total. Default `1n`.
   *
   * It is known before the body is built, so that a chain may write it into its header, as Ethereum's `difficulty`.
   * @param state - State before the block.
   */
  branchWeight?(state: State, context: HeaderContext): bigint;

  /**
   * Prefers `a` (positive), `b` (negative) or neither (0). Total, antisymmetric, transitive,
   * independent of arrival order and time. Default 0.
   *
   * The host asks the finality gadget first, then the production plugin, then compares
   * `totalWeight`, then takes the lower {@link BlockId}.
   */
  compareTips?(a: Tip<State>, b: Tip<State>): number;

  /**
   * The set entitled to act on the next block, sorted by the plugin. Total.
   *
   * Return the same array object while the set is unchanged: the host compares references before
   * contents. Name everybody whose messages count: of all others a host looks at few (contract, section 9). The sum of weights is greater than `0n` unless the protocol has no validators.
   */
  validators(state: State): readonly Validator[];

  /**
   * Decisions that the ledger applies while executing the block described by `context`. Total.
   *
   * They depend on the state *before* the block and on the evidence inside it that this plugin charges for: a gadget for
   * what names its protocol, a production plugin for everything else, so that nobody pays twice. What `applyHeader`
   * concludes from facts therefore reaches the ledger one block later.
   */
  directives?(state: State, context: HeaderContext, evidence: readonly Evidence[]): readonly Directive[];

  /**
   * A key that an honest author uses for at most one artefact, such as `author/slot` or
   * `author/phase/height/round`; `undefined` if the artefact can conflict with nothing. Total on
   * arbitrary payload bytes. Two different validly signed artefacts with one key are equivocation.
   *
   * The key starts with the author, and equal bytes always give equal keys.
   */
  conflictKey?(artefact: Artefact): string | undefined;

  /**
   * What else must hold for a message to be authentic, beside its author's signature: the signatures of
   * others that it quotes, such as those of a certificate. Total on arbitrary payload bytes, deterministic,
   * without any state. The host checks these claims together with the signature, and a message of which one
   * does not hold reaches no engine, so an engine may build on everything that it quotes.
   *
   * Without this function messages quote nothing.
   */
  messageClaims?(message: SignedMessage): readonly Claim[];

  /**
   * Judges evidence for inclusion in a child of a block with state `state`. Total, deterministic,
   * never `defer`.
   *
   * Rules cannot decode the host's encodings, so the host decodes and authenticates first. For
   * `equivocation` it has checked signatures, keys and difference; decide here whether the offender
   * is accountable, the offence recent and not yet punished. For `invalidHeader` it has checked
   * author, protocol, height and signature; decide the same, and that the header does break the
   * rule named by `code`. For `custom` decide everything. Without this function the host accepts
   * only `equivocation` by members of `validators(state)`.
   *
   * `state` may decide whether the verdict is `accept`, and never which claims it has: these follow from the evidence
   * alone. Peers judge it over heads of their own, so claims that differ by state would make a forger of an honest one.
   *
   * @param subjects - The decoded artefacts: two for `equivocation`, one header for
   *   `invalidHeader`, none for `custom`.
   */
  verifyEvidence?(evidence: Evidence, state: State, subjects: readonly Artefact[]): Verdict;

  /**
   * Judges a certificate found in a child of `parent`. Total, deterministic, never `defer`.
   * Without this function blocks carrying certificates for this protocol are invalid.
   */
  verifyCertificate?(certificate: Bytes, parent: Tip<State>): Verdict;

  /** What to hand to the next era if it starts after `header`. Total. */
  exportHandover(state: State, header: ConsensusHeader): Handover;
}
