/**
 * The pure half of the gadget.
 *
 * @module
 */
import { accept, type ConsensusRules, type Handover, type RulesContext, reject, type Tip } from '@fiducia/consensus';
import { decodeAnnouncement, quoteClaims } from './announcement.ts';
import { certificateClaims, decodeCertificate } from './certificate.ts';
import type { CheckpointConfig } from './config.ts';
import { punish, verifyEvidence } from './evidence.ts';
import { verifyProof } from './proof.ts';
import { type CheckpointState, justifiedRef } from './state.ts';
import { createStateCodec } from './state-codec.ts';
import { applyBlock, carriedFault, createInitialState } from './transition.ts';
import { decodeVote } from './vote.ts';

/** Assembles the rules. Total for every parsed configuration. */
export function createRules(config: CheckpointConfig, context: RulesContext): ConsensusRules<CheckpointState> {
  return {
    codec: createStateCodec(config),
    finality: {
      kind: 'proof',
      attached: false,
      accountableBlocks: config.every * config.window,
      verifyProof: (proof, header, parent) => verifyProof(proof, header, parent, config, context),
    },
    initialState: (start) => createInitialState(start, config),
    // The gadget owns no part of a header.
    verifyHeader: () => accept(),
    applyHeader: (state, header, facts) => applyBlock(state, header, facts, config, context),
    compareTips,
    validators: ({ term }) => term.committee.validators,
    directives: (state, header, evidence) => punish(state, header, evidence, context.protocol, config),
    // V1: one vote per term and target. Starts with the author, as the contract asks.
    conflictKey(artefact) {
      if (artefact.kind !== 'message') return undefined;
      const link = decodeVote(artefact.message.payload);
      return link === undefined ? undefined : `${artefact.message.author}/${link.term}/${link.target.number}`;
    },
    messageClaims: ({ payload }) => (decodeAnnouncement(payload) ?? []).flatMap(quoteClaims),
    verifyEvidence: (evidence, state, subjects) => verifyEvidence(evidence, state, subjects, config),
    verifyCertificate(bytes, { state }) {
      const certificate = decodeCertificate(bytes);
      if (certificate === undefined) return reject('CERTIFICATE_ENCODING');
      const fault = carriedFault(state, certificate, context);
      return fault === undefined ? accept(certificateClaims(certificate, state.term.committee)) : reject(fault);
    },
    exportHandover: ({ term }): Handover => ({
      validators: term.committee.validators,
      randomness: context.sha256(new TextEncoder().encode(term.root.id)),
      extra: new Map(),
    }),
  };
}

/**
 * finality-checkpoint C2: the later term, whose root is final; then the higher checkpoint that counts, then the higher justified one.
 * Everything else is for the production plugin to decide (finality-checkpoint C3); that tips descend from the final block,
 * and that nothing below it is left, the host sees to (finality-checkpoint C1, C5).
 */
function compareTips({ state: a }: Tip<CheckpointState>, { state: b }: Tip<CheckpointState>): number {
  if (a.term.number !== b.term.number) return a.term.number - b.term.number;
  return a.forkStart - b.forkStart || justifiedRef(a).number - justifiedRef(b).number;
}
