import { type ConsensusHeader, type Effect, type Input, isConsensusError, LIMITS } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactFromTarget, type PowState, pow, settleDepth, TARGET_MAX, targetFromCompact } from '../src/index.ts';
import { CONTEXT, GENESIS_TIME, headerOf, hex, TestChain } from './support/rules.ts';

const hard = { genesisTarget: 2n ** 230n, powLimit: 2n ** 240n, windowBlocks: 4 };

/** A chain with uneven gaps. */
const chains = fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 30 }).map((gaps) => {
  const chain = new TestChain(hard);
  for (const gap of gaps) chain.add(chain.tip.header.timestamp + gap);
  return chain;
});

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

describe('the state codec', () => {
  it('decodes what it encoded to a state that goes on in the same way', () => {
    fc.assert(
      fc.property(chains, fc.integer({ min: 60_000, max: 90_000 }), (chain, gap) => {
        const { codec, applyHeader } = chain.rules;
        const decoded = codec.decode([...codec.encode(chain.state)]);
        const header = chain.next(chain.tip.header.timestamp + gap);
        expect(applyHeader(decoded, header, [])).toEqual(applyHeader(chain.state, header, []));
      }),
    );
  });

  it('takes foreign bytes as canonical or refuses them with the one code', () => {
    const chain = new TestChain(hard);
    const { codec } = chain.rules;
    const [valid = new Uint8Array()] = [...codec.encode(chain.state)];
    const mutated = fc
      .tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, flip]) => valid.map((byte, index) => (index === at ? byte ^ flip : byte)));
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes(100), mutated), { maxLength: 2 }), (chunks) => {
        try {
          expect([...codec.encode(codec.decode(chunks))].map(hex)).toEqual(chunks.map(hex));
        } catch (error) {
          expect(isConsensusError(error, 'INVALID_ENCODING'), String(error)).toBe(true);
        }
      }),
    );
  });
});

const headers: fc.Arbitrary<ConsensusHeader> = fc
  .record({
    height: fc.nat(100),
    timestamp: fc.maxSafeNat(),
    digest: bytes(40),
    seal: bytes(12),
    sealHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  .map(headerOf);

describe('header rules', () => {
  it('judge any header, and only a deferral depends on the time', () => {
    fc.assert(
      fc.property(chains, headers, fc.boolean(), fc.maxSafeNat(), (chain, header, isRightTarget, now) => {
        const digest = isRightTarget ? chain.next(0).digest : header.digest;
        const candidate = { ...header, digest };
        const verdict = chain.verify(candidate, now);
        const later = chain.verify(candidate, Number.MAX_SAFE_INTEGER);
        if (verdict.kind === 'defer') expect(verdict.until).toBeGreaterThan(now);
        else expect(verdict).toEqual(later);
        expect(later.kind).not.toBe('defer');
      }),
    );
  });

  it('claim something else for every other nonce, seal hash and target', () => {
    fc.assert(
      fc.property(bytes(8), fc.integer({ min: 0, max: 63 }), (seal, bit) => {
        const chain = new TestChain(hard);
        const nonce = Uint8Array.from({ length: 8 }, (_, index) => seal[index] ?? 0);
        const flipped = nonce.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        const verdictOf = (value: Uint8Array) => chain.verify(chain.next(GENESIS_TIME + 1, { seal: value }));
        expect(verdictOf(flipped)).not.toEqual(verdictOf(nonce));
      }),
    );
  });
});

const ids = fc.oneof(
  fc.constantFrom('build/1', 'mine/1', 'build/2', 'mine/2', 'build/3', 'mine/3', 'rebuild'),
  fc.string({ maxLength: 8 }),
);

function inputs(chain: TestChain): fc.Arbitrary<Input<PowState>> {
  const header = headers;
  return fc.oneof(
    fc.constant({ kind: 'headChanged', head: chain.tip } as const),
    ids.map((timerId) => ({ kind: 'timerElapsed', timerId }) as const),
    fc.boolean().map((behind) => ({ kind: 'syncChanged', behind }) as const),
    fc
      .tuple(ids, fc.option(header))
      .map(([requestId, built]) => ({ kind: 'blockBuilt', requestId, header: built }) as const),
    fc
      .tuple(ids, bytes(9))
      .map(([requestId, seal]) => ({ kind: 'mined', requestId, blockId: 'candidate', seal }) as const),
    bytes(20).map((payload) => {
      const message = { author: 'x', payload, signature: payload };
      return { kind: 'messageReceived', from: 'peer', message } as const;
    }),
    header.map((finalized) => ({ kind: 'finalized', header: finalized }) as const),
  );
}

describe('the engine', () => {
  it('returns for whatever comes, with equal effects for equal inputs, and never has two searches open (pos-pow M1, M2)', () => {
    const chain = new TestChain(hard);
    const run = (list: readonly Input<PowState>[]): readonly Effect[][] => {
      const engine = pow().createEngine?.(chain.config, chain.rules, { ...CONTEXT, self: 'miner' });
      if (engine === undefined) return expect.unreachable();
      const start = {
        head: chain.tip,
        finalized: chain.tip.header,
        log: [],
        entropy: new Uint8Array(32),
        behind: false,
      };
      return [
        [...engine.start(start, GENESIS_TIME)],
        ...list.map((input, at) => [...engine.on(input, GENESIS_TIME + at)]),
      ];
    };
    fc.assert(
      fc.property(fc.array(inputs(chain), { maxLength: 40 }), (list) => {
        const effects = run(list);
        expect(run(list)).toEqual(effects);
        const open = new Set<string>();
        for (const call of effects) {
          expect(call.length).toBeLessThan(LIMITS.effectsPerInput);
          for (const effect of call) {
            if (effect.kind === 'cancel') open.delete(effect.requestId);
            if (effect.kind === 'mine') open.add(effect.requestId);
          }
          expect(open.size).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('the compact form (pos-pow H4)', () => {
  it('never exceeds the target it cuts, and loses nothing the second time', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: TARGET_MAX }), (target) => {
        const cut = targetFromCompact(compactFromTarget(target)) ?? 0n;
        expect(cut <= target && cut > 0n).toBe(true);
        // Three bytes, of which the first may be zero to keep the sign bit clear.
        expect((target - cut) * 2n ** 15n < target).toBe(true);
        expect(compactFromTarget(cut)).toBe(compactFromTarget(target));
      }),
    );
  });
});

describe('the settlement hint', () => {
  it('grows with the share and falls with the accepted chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50_000, max: 440_000 }),
        fc.integer({ min: 1, max: 9_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (share, epsilon, more) => {
          const depth = settleDepth(share, epsilon);
          expect(settleDepth(share + more, epsilon)).toBeGreaterThanOrEqual(depth);
          expect(settleDepth(share, epsilon + more)).toBeLessThanOrEqual(depth);
        },
      ),
      { numRuns: 50 },
    );
  });
});
