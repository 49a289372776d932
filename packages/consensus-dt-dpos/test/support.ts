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
import { alphaOf } from '../src/beacon.ts';
import { type PresetName, parseConfig } from '../src/config.ts';
import { digestFor, encodeDigest } from '../src/digest.ts';
import { type DtDposConfig, type DtDposState, dtDpos, leadersBetween } from '../src/index.ts';
import { leaderAt } from '../src/schedule.ts';

export const T0 = 1_700_000_000_000;

export const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());

export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');

export const CONTEXT: RulesContext = { chainId: new Uint8Array(32), era: 0, protocol: 'dt-dpos@1', sha256 };

export function configOf(raw: unknown = {}, preset: PresetName = 'paper'): DtDposConfig {
  return parseConfig(raw, preset);
}

export function rulesOf(config: DtDposConfig): ConsensusRules<DtDposState> {
  return dtDpos().createRules(config, CONTEXT);
}

export const nodeId = (index: number): ActorId => `node-${index}`;

export function admission(actor: ActorId, deposit = 1n): Fact {
  return { kind: 'admission', actor, deposit, category: 'wind' };
}

/** VRF key of a member in these tests. */
export function vrfKeyOf(actor: ActorId): Bytes {
  const key = new Uint8Array(33).fill(2);
  key.set(sha256(new TextEncoder().encode(actor)), 1);
  return key;
}

export function keyFact(actor: ActorId, publicKey = vrfKeyOf(actor)): Fact {
  return { kind: 'key', actor, role: 'vrf', publicKey };
}

/** Unique per key and input, like a VRF. */
export function evaluate(vrfKey: Bytes, alpha: Bytes): VrfEvaluation {
  const output = sha256(new Uint8Array([...vrfKey, ...alpha]));
  return { output, proof: new Uint8Array([...output, ...output, ...output]).subarray(0, 81) };
}

export function participation(actor: ActorId, round: number): Fact {
  return { kind: 'participation', actor, round };
}

export function eraStart(census: readonly Fact[], overrides: Partial<ConsensusHeader> = {}): EraStart {
  return {
    era: 0,
    parent: headerOf({ height: 0, timestamp: T0, ...overrides }),
    handover: { validators: [], randomness: new Uint8Array(32).fill(7), extra: new Map() },
    census,
  };
}

export function membersCensus(count: number, deposit = 1n): readonly Fact[] {
  return Array.from({ length: count }, (_, index) => admission(nodeId(index), deposit));
}

/** Members with a VRF key each, for chains whose seeds come from VRF outputs. */
export function keyedCensus(count: number, deposit = 1n): readonly Fact[] {
  const keys = Array.from({ length: count }, (_, index) => keyFact(nodeId(index)));
  return [...membersCensus(count, deposit), ...keys];
}

export function headerOf(overrides: Partial<ConsensusHeader>): ConsensusHeader {
  const height = overrides.height ?? 0;
  return {
    id: `block-${height}-${overrides.timestamp ?? 0}`,
    parentId: '',
    height,
    timestamp: 0,
    author: '',
    protocol: 'dt-dpos@1',
    digest: new Uint8Array(),
    sealHash: sha256(new TextEncoder().encode(`${height}/${overrides.timestamp}/${overrides.author}`)),
    seal: new Uint8Array([1]),
    ...overrides,
  };
}

/** A chain without a host: it asks the rules for the leader, verifies, and applies. */
export class TestChain {
  readonly config: DtDposConfig;
  readonly rules: ConsensusRules<DtDposState>;
  header: ConsensusHeader;
  state: DtDposState;

  constructor(config: DtDposConfig, census: readonly Fact[], start: Partial<ConsensusHeader> = {}) {
    this.config = config;
    this.rules = rulesOf(config);
    const era = eraStart(census, start);
    this.header = era.parent;
    this.state = this.rules.initialState(era);
  }

  get tip(): Tip<DtDposState> {
    return { header: this.header, state: this.state, totalWeight: 0n };
  }

  leaderOf(slot: number): ActorId {
    return leadersBetween(this.state, slot, this.config, sha256).at(-1) ?? '';
  }

  /** What the leader of `slot` shows of its VRF; `undefined` in other seed modes. */
  evaluationFor(slot: number): VrfEvaluation | undefined {
    const alpha = alphaOf(this.state, slot, CONTEXT.chainId);
    const seat = leaderAt(this.state, slot, this.config, sha256);
    return alpha === undefined || seat.vrfKey === undefined ? undefined : evaluate(seat.vrfKey, alpha);
  }

  /** Header that the leader of `slot` would sign. */
  next(slot: number): ConsensusHeader {
    const vrf = this.evaluationFor(slot);
    return headerOf({
      parentId: this.header.id,
      height: this.header.height + 1,
      timestamp: this.state.slotZero + slot * this.config.slotMs,
      author: this.leaderOf(slot),
      digest: encodeDigest(digestFor(this.state, slot, vrf, this.config, sha256)),
    });
  }

  /** Verifies and applies a block; throws if the rules refuse it. */
  add(slot: number = this.state.slot + 1, facts: readonly Fact[] = []): ConsensusHeader {
    const header = this.next(slot);
    const verdict = this.rules.verifyHeader(header, this.tip, header.timestamp);
    if (verdict.kind !== 'accept') throw new Error(`refused: ${JSON.stringify(verdict)}`);
    this.state = this.rules.applyHeader(this.state, header, facts);
    this.header = header;
    return header;
  }

  root(): string {
    const hash = createHash('sha256');
    for (const chunk of this.rules.codec.encode(this.state)) hash.update(chunk);
    return hash.digest('hex');
  }
}

export function invalidHeaderEvidence(header: ConsensusHeader, code: string): Evidence {
  return {
    kind: 'invalidHeader',
    era: 0,
    protocol: 'dt-dpos@1',
    offender: header.author,
    height: header.height,
    header: new TextEncoder().encode(header.id),
    code,
  };
}

export function equivocation(offender: ActorId, height: number): Evidence {
  return {
    kind: 'equivocation',
    era: 0,
    protocol: 'dt-dpos@1',
    offender,
    height,
    subject: 'header',
    first: new Uint8Array([1]),
    second: new Uint8Array([2]),
  };
}

export const evidenceFact = (evidence: Evidence): Fact => ({ kind: 'evidence', evidence });

interface Vector {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a case depends on its vector
  readonly cases: readonly any[];
}

const VECTORS = JSON.parse(readFileSync(new URL('../testdata/trust.json', import.meta.url), 'utf8')) as {
  readonly vectors: readonly Vector[];
};

/** Cases of one vector of docs/spec/trust.md, section 12. */
export function casesOf(id: string): Vector['cases'] {
  const vector = VECTORS.vectors.find((item) => item.id === id);
  if (vector === undefined) throw new Error(`no vector ${id}`);
  return vector.cases;
}

/** Whether a node with participation `percent` votes in `round`, as in the golden runs. */
export function votes(percent: number, round: number): boolean {
  return (round * percent) % 100 < percent;
}
