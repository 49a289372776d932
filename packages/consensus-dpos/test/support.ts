import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type {
  ActorId,
  Bytes,
  ConsensusHeader,
  ConsensusRules,
  EraStart,
  Evidence,
  Fact,
  RulesContext,
  Tip,
  VrfEvaluation,
} from '@fiducia/consensus';
import { digestFor } from '../src/digest.ts';
import { type DposConfig, type DposState, delegateAt, dpos, encodeDigest } from '../src/index.ts';
import { Schedule } from '../src/schedule.ts';
import { alphaOf } from '../src/seed.ts';

export const T0 = 1_700_000_000_000;

export const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());
export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
export const fromHex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'));

interface Vectors {
  readonly seedPipeline: {
    readonly chainId: string;
    readonly seed0: string;
    readonly seed1: string;
    readonly seed2: string;
    readonly seed3IfEpoch1HadNoContribution: string;
  };
  readonly shuffle: readonly {
    readonly n: number;
    readonly round: number;
    readonly key: string;
    readonly order: readonly number[];
  }[];
}

export const VECTORS = JSON.parse(
  readFileSync(new URL('../testdata/chain-math.json', import.meta.url), 'utf8'),
) as Vectors;

export const CONTEXT: RulesContext = {
  chainId: fromHex(VECTORS.seedPipeline.chainId),
  era: 0,
  protocol: 'dpos@1',
  sha256,
};

export const configOf = (raw: object = {}): DposConfig =>
  dpos().parseConfig({ delegates: 4, standby: 2, epochRounds: 3, slotMs: 1_000, ...raw });

/** Names that sort like their numbers. */
export const nodeId = (index: number): ActorId => `node-${String(index).padStart(3, '0')}`;

export const admission = (actor: ActorId, deposit = 10n): Fact => ({
  kind: 'admission',
  actor,
  deposit,
  category: 'wind',
});
export const ballot = (from: ActorId, to: ActorId, weight = 1n): Fact => ({ kind: 'ballot', from, to, weight });
export const stake = (actor: ActorId, total: bigint): Fact => ({ kind: 'stake', actor, total });
export const deposit = (actor: ActorId, total: bigint): Fact => ({ kind: 'deposit', actor, total });
export const exit = (actor: ActorId): Fact => ({ kind: 'exit', actor });
export const evidenceFact = (evidence: Evidence): Fact => ({ kind: 'evidence', evidence });

export const membersCensus = (count: number): readonly Fact[] =>
  Array.from({ length: count }, (_, index) => admission(nodeId(index)));

/** VRF key of a member in these tests. */
export function vrfKeyOf(actor: ActorId): Bytes {
  const key = new Uint8Array(33).fill(2);
  key.set(sha256(new TextEncoder().encode(actor)), 1);
  return key;
}

export const keyFact = (actor: ActorId, publicKey = vrfKeyOf(actor)): Fact => ({
  kind: 'key',
  actor,
  role: 'vrf',
  publicKey,
});

/** Members with a VRF key each, for chains whose seeds come from VRF outputs. */
export const keyedCensus = (count: number): readonly Fact[] => [
  ...membersCensus(count),
  ...Array.from({ length: count }, (_, index) => keyFact(nodeId(index))),
];

/** Unique per key and input, like a VRF. */
export function evaluate(vrfKey: Bytes, alpha: Bytes): VrfEvaluation {
  const output = sha256(new Uint8Array([...vrfKey, ...alpha]));
  return { output, proof: new Uint8Array([...output, ...output, ...output]).subarray(0, 81) };
}

export function equivocation(offender: ActorId, height: number, overrides: object = {}): Evidence {
  return {
    kind: 'equivocation',
    era: 0,
    protocol: 'dpos@1',
    offender,
    height,
    subject: 'header',
    first: new Uint8Array([1]),
    second: new Uint8Array([2]),
    ...overrides,
  } as Evidence;
}

export function eraStart(census: readonly Fact[], overrides: Partial<ConsensusHeader> = {}): EraStart {
  return {
    era: 0,
    parent: headerOf({ height: 0, timestamp: T0, ...overrides }),
    handover: { validators: [], randomness: CONTEXT.chainId, extra: new Map() },
    census,
  };
}

export function headerOf(overrides: Partial<ConsensusHeader>): ConsensusHeader {
  const height = overrides.height ?? 0;
  return {
    id: `block-${height}-${overrides.timestamp ?? 0}`,
    parentId: '',
    height,
    timestamp: 0,
    author: '',
    protocol: 'dpos@1',
    digest: new Uint8Array(),
    sealHash: sha256(new TextEncoder().encode(`${height}/${overrides.timestamp}/${overrides.author}`)),
    seal: new Uint8Array([1]),
    ...overrides,
  };
}

/** A chain without a host: it asks the rules for the delegate, verifies, and applies. */
export class TestChain {
  readonly config: DposConfig;
  readonly rules: ConsensusRules<DposState>;
  readonly schedule: Schedule;
  header: ConsensusHeader;
  state: DposState;
  totalWeight = 0n;

  constructor(config: DposConfig, census: readonly Fact[], start: Partial<ConsensusHeader> = {}) {
    this.config = config;
    this.rules = dpos().createRules(config, CONTEXT);
    this.schedule = new Schedule(config, CONTEXT);
    const era = eraStart(census, start);
    this.header = era.parent;
    this.state = this.rules.initialState(era);
  }

  get tip(): Tip<DposState> {
    return { header: this.header, state: this.state, totalWeight: this.totalWeight };
  }

  delegateOf(slot: number): ActorId {
    return delegateAt(this.state, slot, this.config, CONTEXT);
  }

  /** First slot after the head that belongs to `actor`. */
  slotOf(actor: ActorId): number {
    for (let slot = this.state.slot + 1; slot < this.state.slot + 1_000; slot++) {
      if (this.delegateOf(slot) === actor) return slot;
    }
    throw new Error(`${actor} has no slot`);
  }

  /** What the delegate of `slot` shows of its VRF; `undefined` with deterministic seeds. */
  evaluationFor(slot: number): VrfEvaluation | undefined {
    const right = this.schedule.rightTo(this.state, slot);
    const alpha = alphaOf(right, slot, this.config, CONTEXT);
    return alpha === undefined || right.vrfKey === undefined ? undefined : evaluate(right.vrfKey, alpha);
  }

  /** Header that the delegate of `slot` would sign. */
  next(slot: number = this.state.slot + 1): ConsensusHeader {
    const vrf = this.evaluationFor(slot);
    return headerOf({
      parentId: this.header.id,
      height: this.header.height + 1,
      timestamp: this.state.slotZero + slot * this.config.slotMs,
      author: this.delegateOf(slot),
      digest: encodeDigest(digestFor(this.state, slot, vrf, this.schedule, CONTEXT)),
    });
  }

  /** Verifies and applies a block; throws if the rules refuse it. */
  add(slot: number = this.state.slot + 1, facts: readonly Fact[] = []): ConsensusHeader {
    const header = this.next(slot);
    const verdict = this.rules.verifyHeader(header, this.tip, header.timestamp);
    if (verdict.kind !== 'accept') throw new Error(`refused: ${JSON.stringify(verdict)}`);
    this.state = this.rules.applyHeader(this.state, header, facts);
    this.header = header;
    this.totalWeight += 1n;
    return header;
  }

  /** Adds blocks up to and including `untilSlot`, except in slots of `absent`. */
  run(untilSlot: number, absent: readonly ActorId[] = []): void {
    for (let slot = this.state.slot + 1; slot <= untilSlot; slot++) {
      if (!absent.includes(this.delegateOf(slot))) this.add(slot);
    }
  }

  /** First slot of the epoch after the active one. */
  get nextEpochSlot(): number {
    const { firstSlot, election } = this.state.epoch;
    return firstSlot + election.delegates.length * this.config.epochRounds;
  }

  votesOf(actor: ActorId): bigint {
    const { indexOf, candidates } = this.state.electorate;
    return candidates.get(indexOf.get(actor) ?? -1)?.votes ?? -1n;
  }

  missesOf(actor: ActorId): number {
    return this.state.records.get(actor)?.misses ?? 0;
  }
}
