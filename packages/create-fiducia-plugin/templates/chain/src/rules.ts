import { accept, type Claim, type ConsensusRules, defer, reject, SEAL_DOMAIN } from '@fiducia/consensus';
import type { Config } from './config.ts';
import { decodeDigest } from './digest.ts';
import { codec, leaderOf, type State } from './state.ts';

/** The half that every node evaluates: pure functions of their arguments. */
export function createRules({ slotMs }: Config): ConsensusRules<State> {
  return {
    codec,

    // After this many blocks more than half of the validators have built on a block.
    finality: { kind: 'settle', depth: ({ validators }) => Math.floor(validators.length / 2) + 1 },

    initialState({ handover, parent }) {
      const eligible = handover.validators.filter(({ weight }) => weight > 0n);
      return { slotZero: parent.timestamp, slot: 0, validators: eligible.map(({ id }) => ({ id, weight: 1n })) };
    },

    verifyHeader({ author, digest, timestamp, sealHash, seal }, { state }, now) {
      const slot = decodeDigest(digest);
      if (slot === undefined) return reject('BAD_DIGEST');
      if (slot <= state.slot) return reject('SLOT_NOT_INCREASING');
      if (timestamp !== state.slotZero + slot * slotMs) return reject('WRONG_TIME');
      if (author !== leaderOf(state, slot)) return reject('WRONG_LEADER');
      const claims: Claim[] = [
        { kind: 'signature', signer: author, domain: SEAL_DOMAIN, data: sealHash, signature: seal },
      ];
      return timestamp > now ? defer(timestamp, claims) : accept(claims);
    },

    applyHeader(state, { digest }, facts) {
      const slot = decodeDigest(digest) ?? state.slot;
      const offenders = facts.flatMap((fact) => (fact.kind === 'evidence' ? [fact.evidence.offender] : []));
      const honest = state.validators.filter(({ id }) => !offenders.includes(id));
      // The last one stays, or the chain would stop; and an unchanged list stays the same object.
      const isKept = honest.length === 0 || honest.length === state.validators.length;
      return { ...state, slot, validators: isKept ? state.validators : honest };
    },

    validators: ({ validators }) => validators,
    directives: (_state, { author }) => [{ kind: 'reward', actor: author, units: 1n }],
    exportHandover: ({ validators }, { sealHash }) => ({ validators, randomness: sealHash, extra: new Map() }),

    // An author signs one block for a slot. Two of them are evidence, which the host finds by this key.
    conflictKey(artefact) {
      if (artefact.kind === 'message') return undefined;
      return `${artefact.header.author}/${decodeDigest(artefact.header.digest)}`;
    },
  };
}
