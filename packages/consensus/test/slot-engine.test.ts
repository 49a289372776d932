import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ActorId,
  type Bytes,
  type ConsensusEngine,
  type ConsensusHeader,
  createSlotEngine,
  decodeSlotDigest,
  type Effect,
  encodeSlotDigest,
  floorDivide,
  type SlotProtocol,
  type Tip,
  VRF_OUTPUT_BYTES,
  VRF_PROOF_BYTES,
} from '../src/index.ts';

const SLOT_MS = 1_000;
const T0 = 50_000;

interface State {
  readonly slotZero: number;
  readonly slot: number;
  /** Branch that the state is on, which its VRF inputs depend on. */
  readonly branch: number;
}

const header = (id: string, overrides: Partial<ConsensusHeader> = {}): ConsensusHeader => ({
  id,
  parentId: 'parent',
  height: 7,
  timestamp: T0,
  author: 'a',
  protocol: 'test@1',
  digest: new Uint8Array(),
  sealHash: new Uint8Array(32),
  seal: new Uint8Array(),
  ...overrides,
});

const tip = (id: string, slot: number, branch = 0): Tip<State> => ({
  header: header(id),
  state: { slotZero: T0, slot, branch },
  totalWeight: 0n,
});

const output = new Uint8Array(VRF_OUTPUT_BYTES).fill(1);
const proof = new Uint8Array(VRF_PROOF_BYTES).fill(2);

/** Slots are led by `a`, `b` and nobody in turn. */
const leaders: readonly (ActorId | undefined)[] = ['a', 'b', undefined];

function protocolOf(hasProofs: boolean): SlotProtocol<State> {
  return {
    slotMs: SLOT_MS,
    leaderOf: (_state, slot) => leaders[slot % 3],
    alphaOf: ({ branch }, slot) => (hasProofs ? Uint8Array.of(branch, slot) : undefined),
    digestOf: (_state, slot, vrf) => encodeSlotDigest({ slot, vrf }),
    slotIn: (digest) => decodeSlotDigest(digest)?.slot,
    report: ({ slot }) => [{ kind: 'trace', event: 'head', data: { slot } }],
  };
}

const context = (self: ActorId | null) => ({
  chainId: new Uint8Array(32),
  era: 0,
  protocol: 'test@1' as const,
  sha256: (data: Bytes) => data,
  self,
});

function started(options: { hasProofs?: boolean; self?: ActorId | null; behind?: boolean; slot?: number } = {}) {
  const { hasProofs = false, self = 'a', behind = false, slot = 0 } = options;
  const engine = createSlotEngine(protocolOf(hasProofs), context(self));
  engine.start({ head: tip('head', slot), finalized: header('genesis'), behind } as never, T0 + slot * SLOT_MS);
  return engine;
}

const tick = (engine: ConsensusEngine<State>, now: number) => engine.on({ kind: 'timerElapsed', timerId: 'slot' }, now);
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const find = <K extends Effect['kind']>(effects: readonly Effect[], kind: K) =>
  effects.find((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);

describe('slot engine', () => {
  it('waits for the next slot and reports the head', () => {
    const engine = createSlotEngine(protocolOf(false), context('a'));
    const start = { head: tip('head', 4), behind: false } as never;
    expect(engine.start(start, T0 + 4_200)).toEqual([
      { kind: 'setTimer', timerId: 'slot', at: T0 + 5_000 },
      { kind: 'trace', event: 'head', data: { slot: 4 } },
    ]);
    expect(engine.on({ kind: 'headChanged', head: tip('next', 5) } as never, T0)).toEqual([
      { kind: 'trace', event: 'head', data: { slot: 5 } },
    ]);
  });

  it('waits for slot 1 of an era that starts in the future', () => {
    const engine = createSlotEngine(protocolOf(false), context('a'));
    const [timer] = engine.start({ head: tip('head', 0), behind: false } as never, T0 - 90_000);
    expect(timer).toEqual({ kind: 'setTimer', timerId: 'slot', at: T0 + 1_000 });
  });

  it('builds at the start of its slot, and until the middle of it', () => {
    const build = {
      kind: 'buildBlock',
      requestId: 'slot/3',
      parentId: 'head',
      timestamp: T0 + 3_000,
      digest: encodeSlotDigest({ slot: 3 }),
      deadline: T0 + 3_500,
    };
    expect(tick(started(), T0 + 3_000)[1]).toEqual(build);
    expect(tick(started(), T0 + 3_499)[1]).toEqual(build);
    expect(kinds(tick(started(), T0 + 3_500))).toEqual(['setTimer']);
  });

  it.each([
    ['of another leader', {}, 4],
    ['of nobody', {}, 5],
    ['that the head has reached', { slot: 3 }, 3],
    ['while behind', { behind: true }, 3],
    ['without an identity', { self: null }, 3],
  ])('builds nothing in a slot %s', (_case, options, slot) => {
    expect(kinds(tick(started(options), T0 + slot * SLOT_MS))).toEqual(['setTimer']);
  });

  it('builds again once it has caught up', () => {
    const engine = started({ behind: true });
    expect(engine.on({ kind: 'syncChanged', behind: false }, T0)).toEqual([]);
    expect(kinds(tick(engine, T0 + 3_000))).toEqual(['setTimer', 'buildBlock']);
  });

  it('seals what was built on its head, guarded by the slot', () => {
    const engine = started();
    const built = header('block', { parentId: 'head', digest: encodeSlotDigest({ slot: 3 }) });
    const answer = { kind: 'blockBuilt', requestId: 'slot/3', header: built } as const;
    expect(engine.on(answer, T0 + 3_010)).toEqual([
      { kind: 'publish', blockId: 'block', sealing: { kind: 'sign', guard: { lane: 'seal', sequence: [3] } } },
    ]);
    expect(engine.on({ ...answer, header: { ...built, parentId: 'other' } }, T0 + 3_010)).toEqual([]);
    expect(engine.on({ ...answer, header: { ...built, digest: encodeSlotDigest({ slot: 4 }) } }, T0)).toEqual([]);
    expect(engine.on({ ...answer, header: null }, T0)).toEqual([]);
  });

  it('ignores what is not for it, and everything before its start', () => {
    expect(started().on({ kind: 'timerElapsed', timerId: 'other' }, T0 + 3_000)).toEqual([]);
    expect(started().on({ kind: 'mined', requestId: 'x', blockId: 'y', seal: proof }, T0)).toEqual([]);
    expect(tick(createSlotEngine(protocolOf(false), context('a')), T0 + 3_000)).toEqual([]);
  });
});

describe('randomness-vrf R1: slot engine with proofs', () => {
  const proved = (slot: number) => ({ kind: 'vrfProved', requestId: `vrf/${slot}`, output, proof }) as const;

  it('asks for the proof of its slot before it builds', () => {
    const engine = started({ hasProofs: true });
    expect(tick(engine, T0 + 3_000).slice(1)).toEqual([
      { kind: 'trace', event: 'slotLed', data: { slot: 3, height: 8 } },
      { kind: 'proveVrf', requestId: 'vrf/3', alpha: Uint8Array.of(0, 3) },
    ]);
    const build = find(engine.on(proved(3), T0 + 3_012), 'buildBlock');
    expect(decodeSlotDigest(build?.digest ?? proof)).toEqual({
      slot: 3,
      vrf: { output, proof },
      commitment: undefined,
    });
    expect(engine.on(proved(3), T0 + 3_012)).toEqual([]);
  });

  it('gives up a proof that has not come by its next slot', () => {
    const engine = started({ hasProofs: true });
    tick(engine, T0 + 3_000);
    expect(kinds(tick(engine, T0 + 6_000))).toEqual(['setTimer', 'cancel', 'trace', 'proveVrf']);
    expect(kinds(tick(engine, T0 + 7_000))).toEqual(['setTimer', 'cancel']);
    expect(kinds(tick(engine, T0 + 8_000))).toEqual(['setTimer']);
  });

  it.each([
    ['comes late', proved(3), T0 + 3_500],
    ['is for another slot', proved(6), T0 + 3_010],
  ])('drops a proof that %s', (_case, answer, now) => {
    const engine = started({ hasProofs: true });
    tick(engine, T0 + 3_000);
    expect(engine.on(answer, now)).toEqual([]);
  });

  it.each([
    ['an output', { ...proved(3), output: proof }, { slot: 3, output: 81, proof: 81 }],
    ['a proof', { ...proved(3), proof: output }, { slot: 3, output: 32, proof: 32 }],
  ])('drops %s of the wrong length and says so', (_case, answer, data) => {
    const engine = started({ hasProofs: true });
    tick(engine, T0 + 3_000);
    expect(engine.on(answer, T0 + 3_010)).toEqual([{ kind: 'trace', event: 'proofUnusable', data }]);
    expect(engine.on(proved(3), T0 + 3_010)).toEqual([]);
  });

  it('drops a proof for a branch that is no longer the head, and keeps one that is for this one too', () => {
    for (const [head, count] of [
      [tip('other', 2, 1), 0],
      [tip('other', 2, 0), 1],
      [tip('other', 3, 0), 0],
    ] as const) {
      const engine = started({ hasProofs: true });
      tick(engine, T0 + 3_000);
      engine.on({ kind: 'headChanged', head } as never, T0 + 3_001);
      expect(engine.on(proved(3), T0 + 3_010)).toHaveLength(count);
    }
  });
});

describe('slot digest', () => {
  const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const evaluations = fc.record({ output: bytesOf(VRF_OUTPUT_BYTES), proof: bytesOf(VRF_PROOF_BYTES) });
  const digests = fc.record({
    slot: fc.nat({ max: 2 ** 31 }).map((slot) => slot * 2 ** 16),
    vrf: fc.option(evaluations, { nil: undefined }),
    commitment: fc.option(bytesOf(32), { nil: undefined }),
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(digests, (digest) => {
        expect(decodeSlotDigest(encodeSlotDigest(digest))).toEqual(digest);
      }),
    );
  });

  it('has one form: what can be read is written in the same way', () => {
    const lengths = fc.constantFrom(0, 5, 6, 7, 37, 38, 39, 118, 119, 120, 150, 151, 152);
    fc.assert(
      fc.property(lengths.chain(bytesOf), (bytes) => {
        const digest = decodeSlotDigest(bytes);
        expect(digest !== undefined).toBe([6, 38, 119, 151].includes(bytes.length));
        if (digest !== undefined) expect(encodeSlotDigest(digest)).toEqual(bytes);
      }),
    );
  });
});

it('trust N2: division rounds down and is exact for safe integers', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (dividend, divisor) => {
      expect(floorDivide(dividend, divisor)).toBe(Number(BigInt(dividend) / BigInt(divisor)));
    }),
  );
});
