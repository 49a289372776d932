/**
 * The pure half of the plugin: headers, proofs, validators, evidence.
 *
 * @module
 */
import {
  type ActorId,
  accept,
  type Bytes,
  type ConsensusHeader,
  type ConsensusRules,
  type RulesContext,
  reject,
  type Tip,
  type Validator,
  type Verdict,
} from '@fiducia/consensus';
import type { PbftConfig } from './config.ts';
import { type Council, createCouncil } from './council.ts';
import { isQuorumOf, quotedClaims, voteClaims } from './justification.ts';
import { decodeMessage, decodeSeals, HEIGHT_MAX } from './message.ts';
import { computeDirectives, conflictKey, judgeEvidence } from './offences.ts';
import { memberOf, type PbftState } from './state.ts';
import { createStateCodec } from './state-codec.ts';
import { applyBlock, createInitialState } from './transition.ts';

/** Assembles the rules. Total for every parsed configuration. */
export function createRules(config: PbftConfig, context: RulesContext): ConsensusRules<PbftState> {
  return {
    codec: createStateCodec(),
    finality: {
      kind: 'proof',
      attached: true,
      accountableBlocks: config.evidenceBlocks,
      verifyProof: (proof, header, parent) => verifyProof(proof, header, parent, config),
    },
    initialState: (start) => createInitialState(start, config),
    verifyHeader: (header, parent) => verifyHeader(header, parent, config),
    applyHeader: (state, header, facts) => applyBlock(state, header, facts, { config, context }),
    validators: (state) => state.validators,
    directives: (state, header, evidence) => computeDirectives(state, header, evidence, { config, context }),
    conflictKey,
    messageClaims(message) {
      const decoded = decodeMessage(message.payload);
      return decoded === undefined ? [] : quotedClaims(decoded);
    },
    verifyEvidence: (evidence, state, subjects) => judgeEvidence(state, evidence, subjects, config),
    exportHandover: (state, header) => ({
      validators: validatorsHandedOver(state),
      randomness: header.sealHash,
      extra: new Map(),
    }),
  };
}

/** Who votes on the child of a block (pbft Q1, P). */
export function councilAfter(state: PbftState, config: PbftConfig): Council {
  return createCouncil(state.validators, state.proposer, config.weighted);
}

/**
 * Who proposes the child of a block in a round.
 *
 * @param state - State after the parent.
 * @param round - 0 for the first attempt, one more after every round change.
 * @see docs/spec/pbft.md, rule P.
 * @example
 * ```ts
 * proposerAt(state, 0, config); // who proposes first
 * proposerAt(state, 1, config); // who proposes if that one is silent
 * ```
 */
export function proposerAt(state: PbftState, round: number, config: PbftConfig): ActorId {
  return councilAfter(state, config).proposerAt(round);
}

/** Seats of those who may hold one; where nobody may and all keep theirs for that reason, the next era goes on with them. */
function validatorsHandedOver({ validators, members }: PbftState): readonly Validator[] {
  const seats = validators.filter(({ weight }) => weight > 0n);
  const active = seats.filter(({ id }) => memberOf(members, id)?.status === 'ACTIVE');
  return active.length > 0 ? active : seats;
}

/**
 * A header claims no signature: who proposed it is known from the PROPOSAL that it came with, and that it
 * is valid follows from its seals.
 */
function verifyHeader(header: ConsensusHeader, parent: Tip<PbftState>, { blockTimeMs }: PbftConfig): Verdict {
  // M1: neither seals nor the round are part of the block, so that no round changes its identity.
  if (header.digest.length > 0) return reject('BAD_DIGEST');
  if (header.seal.length > 0) return reject('BAD_SEAL');
  // Every seat proposes in some round of every height (P).
  if ((memberOf(parent.state.members, header.author)?.weight ?? 0n) === 0n) return reject('NOT_A_VALIDATOR');
  // R1. Whether the block comes from the future is asked before a vote (R2); afterwards a quorum vouches for it.
  return header.timestamp < parent.header.timestamp + blockTimeMs ? reject('TIME_TOO_EARLY') : accept();
}

/** R4, R5: COMMITs of one round by a quorum of the validators of this height (pbft M2). */
function verifyProof(proof: Bytes, header: ConsensusHeader, parent: Tip<PbftState>, config: PbftConfig): Verdict {
  // A proof is also asked about where the block has no known parent, so its height may be anything.
  if (header.height > HEIGHT_MAX) return reject('BAD_HEIGHT');
  // COMMITs name the seal hash. A copy of the block with a seal has the same, and with its proof would pass for a rival.
  if (header.seal.length > 0) return reject('BAD_SEAL');
  const seals = decodeSeals(proof);
  if (seals === undefined) return reject('BAD_PROOF');
  if (!isQuorumOf(seals.signatures, councilAfter(parent.state, config))) return reject('SEALS_MISSING');
  return accept(voteClaims('commit', header.height, { ...seals, digest: header.sealHash }));
}
