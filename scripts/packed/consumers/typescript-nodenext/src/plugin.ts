/** A plugin of the user's own: anybody may sign the next block, and the longest branch wins. */
import {
  accept,
  ByteReader,
  ByteWriter,
  CONTRACT_VERSION,
  ConsensusError,
  type ConsensusPlugin,
  definePlugin,
  reject,
  SEAL_DOMAIN,
  type Validator,
} from '@fiducia/consensus';

export interface OpenConfig {
  readonly minSpacingMs: number;
}

const NOBODY: readonly Validator[] = [];

export function openSigning(): ConsensusPlugin<OpenConfig, number> {
  return definePlugin<OpenConfig, number>({
    name: 'open-signing',
    version: '1.0.0',
    contract: CONTRACT_VERSION,
    traits: {
      role: 'production',
      leader: 'lottery',
      finality: 'settle',
      forks: true,
      faults: { kind: 'none', numerator: 0, denominator: 1 },
    },
    requires: { facts: [], claims: ['signature'], directives: [], validators: false },
    parseConfig(raw) {
      const { minSpacingMs } = raw as Partial<OpenConfig>;
      if (minSpacingMs !== undefined && Number.isSafeInteger(minSpacingMs)) return { minSpacingMs };
      throw new ConsensusError({ code: 'INVALID_CONFIG', path: 'minSpacingMs', reason: 'must be an integer' });
    },
    createRules: ({ minSpacingMs }) => ({
      codec: {
        encode: (blocks) => [new ByteWriter().uint(blocks, 8).finish()],
        decode(chunks) {
          const reader = new ByteReader(Uint8Array.from([...chunks].flatMap((chunk) => [...chunk])), 'open-signing');
          const blocks = reader.uint(8);
          reader.finish();
          return blocks;
        },
      },
      finality: { kind: 'settle', depth: () => 6 },
      initialState: () => 0,
      verifyHeader({ author, timestamp, sealHash, seal }, parent) {
        if (timestamp < parent.header.timestamp + minSpacingMs) return reject('TOO_EARLY');
        return accept([{ kind: 'signature', signer: author, domain: SEAL_DOMAIN, data: sealHash, signature: seal }]);
      },
      applyHeader: (blocks) => blocks + 1,
      validators: () => NOBODY,
      exportHandover: (_blocks, { sealHash }) => ({ validators: [], randomness: sealHash, extra: new Map() }),
    }),
  });
}
