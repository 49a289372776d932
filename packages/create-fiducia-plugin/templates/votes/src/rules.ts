import {
  accept,
  type Bytes,
  type Claim,
  ConsensusError,
  type ConsensusHeader,
  type ConsensusRules,
  defer,
  reject,
  SEAL_DOMAIN,
  type Tip,
  type Verdict,
} from '@fiducia/consensus';
import type { Config } from './config.ts';
import { decodeDigest, decodeProof } from './digest.ts';
import { claimsOf } from './quorum.ts';
import { codec, leaderOf, type State } from './state.ts';
import { decodeVote } from './vote.ts';

/** Votes of all of them, 150 bytes each, have room in a digest of 4 096 bytes. */
const VALIDATORS_MAX = 25;

/** The half that every node evaluates: pure functions of their arguments. */
export function createRules({ slotMs }: Config): ConsensusRules<State> {
  return {
    codec,
    finality: { kind: 'proof', attached: false, verifyProof },
    verifyHeader: (header, parent, now) => verifyHeader(header, parent, now, slotMs),

    initialState({ handover, parent }) {
      const eligible = handover.validators.filter(({ weight }) => weight > 0n);
      const validators = eligible.map(({ id }) => ({ id, weight: 1n }));
      if (validators.length > VALIDATORS_MAX) {
        const reason = `${validators.length} validators, at most ${VALIDATORS_MAX} fit into a certificate`;
        throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'my-plugin', reason });
      }
      return { slotZero: parent.timestamp, slot: 0, streak: 1, validators, punished: [] };
    },

    applyHeader(state, { digest }, facts) {
      const slot = decodeDigest(digest)?.slot ?? state.slot;
      const streak = slot === state.slot + 1 ? Math.min(state.streak + 1, 3) : 1;
      const offenders = facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence.offender] : []));
      const fresh = offenders.filter((id) => !state.punished.includes(id));
      return { ...state, slot, streak, punished: [...state.punished, ...fresh] };
    },

    // The longest branch; of equal ones that with the later slot, so that a new attempt gets its votes.
    compareTips: (a, b) => a.header.height - b.header.height || a.state.slot - b.state.slot,

    validators: ({ validators }) => validators,
    exportHandover: ({ validators }, { sealHash }) => ({ validators, randomness: sealHash, extra: new Map() }),

    directives: (_state, { author }, evidence) => [
      { kind: 'reward', actor: author, units: 1n },
      ...evidence.map(({ offender }) => {
        return { kind: 'slash', actor: offender, partsPerMillion: 1_000_000, reason: 'EQUIVOCATION' } as const;
      }),
    ],

    // One block and one vote of a validator for a slot. Two different ones are evidence; the host finds them.
    conflictKey(artefact) {
      if (artefact.kind === 'header') {
        return `${artefact.header.author}/block/${decodeDigest(artefact.header.digest)?.slot}`;
      }
      const vote = decodeVote(artefact.message.payload);
      return vote && `${artefact.message.author}/vote/${vote.slot}`;
    },

    // The host has checked both signatures, the key and the difference. What is left: who, and only once.
    verifyEvidence({ kind, offender }, { validators, punished }) {
      const isAccountable = validators.some(({ id }) => id === offender) && !punished.includes(offender);
      return kind === 'equivocation' && isAccountable ? accept() : reject('NOT_ACCOUNTABLE');
    },
  };
}

function verifyHeader(header: ConsensusHeader, parent: Tip<State>, now: number, slotMs: number): Verdict {
  const { author: signer, timestamp, sealHash, seal } = header;
  const { state } = parent;
  const digest = decodeDigest(header.digest);
  if (digest === undefined) return reject('BAD_DIGEST');
  if (digest.slot <= state.slot) return reject('SLOT_NOT_INCREASING');
  if (timestamp !== state.slotZero + digest.slot * slotMs) return reject('WRONG_TIME');
  if (signer !== leaderOf(state, digest.slot)) return reject('WRONG_LEADER');
  const votes = parentClaims(digest.certificate, parent);
  if (votes === undefined) return reject('BAD_CERTIFICATE');
  const claims: Claim[] = [
    { kind: 'signature', signer, domain: SEAL_DOMAIN, data: sealHash, signature: seal },
    ...votes,
  ];
  return timestamp > now ? defer(timestamp, claims) : accept(claims);
}

/** Every block shows a quorum for its parent, except that nobody voted for what was there before the era. */
function parentClaims(certificate: Bytes, { header, state }: Tip<State>): readonly Claim[] | undefined {
  if (state.slot === 0) return certificate.length === 0 ? [] : undefined;
  const { id: blockId, height, parentId } = header;
  return claimsOf(certificate, { slot: state.slot, height, blockId, parentId }, state);
}

/** Of three blocks in slots that follow on each other, all of them with a quorum, the middle one is final. */
function verifyProof(bytes: Bytes, header: ConsensusHeader, parent: Tip<State>): Verdict {
  const { state } = parent;
  const [proof, digest] = [decodeProof(bytes), decodeDigest(header.digest)];
  if (proof === undefined || digest === undefined) return reject('BAD_PROOF');
  const { slot } = digest;
  const { id: blockId, height, parentId } = header;
  // A proof is judged before anything else of its block, so nothing about the header can be relied on yet.
  if (slot !== state.slot + 1 || height !== parent.header.height + 1) return reject('APART_FROM_PARENT');
  const own = claimsOf(proof.certificate, { slot, height, blockId, parentId }, state);
  const child = { slot: slot + 1, height: height + 1, blockId: proof.childId, parentId: blockId };
  const next = claimsOf(proof.childCertificate, child, state);
  return own === undefined || next === undefined ? reject('NO_QUORUM') : accept([...own, ...next]);
}
