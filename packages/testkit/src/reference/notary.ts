/**
 * Reference plugin with instant finality: one notary signs all blocks, and its seal is the proof.
 *
 * @module
 */
import {
  CONTRACT_VERSION,
  type ConsensusHeader,
  type ConsensusPlugin,
  type ConsensusRules,
  definePlugin,
  reject,
  SEAL_DOMAIN,
  slotAt,
  type Verdict,
} from '@fiducia/consensus';
import { createTurnsEngine, createTurnsRules, parseTurnsConfig, type TurnsConfig, type TurnsState } from './turns.ts';

/** The proof says only that the seal is one. */
const PROOF = [1] as const;

/** Creates the plugin: turns of the first validator alone. */
export function referenceNotary(): ConsensusPlugin<TurnsConfig, TurnsState> {
  return definePlugin<TurnsConfig, TurnsState>({
    name: 'testkit-notary',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'slot',
      finality: 'instant',
      forks: false,
      faults: { kind: 'none', numerator: 0, denominator: 1 },
    },
    requires: { facts: [], claims: ['signature'], directives: [], validators: true },
    parseConfig: parseTurnsConfig,
    createRules: createNotaryRules,
    createEngine({ slotMs }, _rules, { self }) {
      const engine = createTurnsEngine(slotMs, self);
      return {
        start: (start, now) => engine.start(start, now),
        on: (input, now) =>
          engine.on(input, now).map((effect) => {
            return effect.kind === 'publish' ? { ...effect, proof: Uint8Array.from(PROOF) } : effect;
          }),
      };
    },
  });
}

function createNotaryRules({ slotMs }: TurnsConfig): ConsensusRules<TurnsState> {
  const rules = createTurnsRules({ slotMs });
  return {
    ...rules,
    finality: {
      kind: 'proof',
      attached: true,
      verifyProof(proof, header, { state }): Verdict {
        const isProof = proof.length === PROOF.length && proof.every((byte, index) => byte === PROOF[index]);
        if (!isProof) return reject('BAD_PROOF');
        const slot = slotAt(header.timestamp, slotMs);
        if (slot <= state.slot || header.author !== state.members[0]?.id) return reject('WRONG_NOTARY');
        return { kind: 'accept', claims: [sealClaim(header)] };
      },
    },
    initialState(start) {
      const { slot, members } = rules.initialState(start);
      return { slot, members: members.slice(0, 1), resting: [] };
    },
  };
}

function sealClaim({ author: signer, sealHash: data, seal: signature }: ConsensusHeader) {
  return { kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature } as const;
}
