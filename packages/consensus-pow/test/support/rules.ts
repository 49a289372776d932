import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Bytes, ConsensusHeader, ConsensusRules, EraStart, RulesContext, Tip, Verdict } from '@fiducia/consensus';
import { encodeTarget, type PowConfig, type PowState, pow } from '../../src/index.ts';

export const GENESIS_TIME = 1_700_000_000_000;

export const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());

export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');

export const CONTEXT: RulesContext = { chainId: new Uint8Array(32), era: 0, protocol: 'pow@1', sha256 };

export const EMPTY = new Uint8Array();

export function headerOf(changes: Partial<ConsensusHeader>): ConsensusHeader {
  const height = changes.height ?? 0;
  return {
    id: `block-${height}`,
    parentId: `block-${height - 1}`,
    height,
    timestamp: GENESIS_TIME,
    author: 'miner',
    protocol: 'pow@1',
    digest: EMPTY,
    sealHash: sha256(new TextEncoder().encode(`${height}`)),
    seal: new Uint8Array(8),
    ...changes,
  };
}

export function eraStart(parent: Partial<ConsensusHeader> = {}): EraStart {
  const handover = { validators: [], randomness: new Uint8Array(32), extra: new Map() };
  return { era: 0, parent: headerOf(parent), handover, census: [] };
}

/** A chain without a host and without work: it verifies and applies headers. */
export class TestChain {
  readonly config: PowConfig;
  readonly rules: ConsensusRules<PowState>;
  readonly states: PowState[] = [];
  tip: Tip<PowState>;

  constructor(raw: unknown = {}) {
    const plugin = pow();
    this.config = plugin.parseConfig(raw);
    this.rules = plugin.createRules(this.config, CONTEXT);
    const start = eraStart();
    const state = this.rules.initialState(start);
    this.tip = { header: start.parent, state, totalWeight: 0n };
    this.states.push(state);
  }

  get state(): PowState {
    return this.tip.state;
  }

  /** Target that the block at `height` had to meet. */
  targetAt(height: number): bigint {
    return this.states[height - 1]?.target ?? 0n;
  }

  next(timestamp: number, changes: Partial<ConsensusHeader> = {}): ConsensusHeader {
    const { height } = this.tip.header;
    return headerOf({ height: height + 1, timestamp, digest: encodeTarget(this.state.target), ...changes });
  }

  verify(header: ConsensusHeader, now: number = header.timestamp): Verdict {
    return this.rules.verifyHeader(header, this.tip, now);
  }

  /** Verifies and applies a block with this timestamp; throws if the rules refuse it. */
  add(timestamp: number, now: number = timestamp): void {
    const header = this.next(timestamp);
    const verdict = this.verify(header, now);
    if (verdict.kind !== 'accept') throw new Error(`refused: ${JSON.stringify(verdict)}`);
    const totalWeight = this.tip.totalWeight + (this.rules.branchWeight?.(this.state, header) ?? 0n);
    this.tip = { header, state: this.rules.applyHeader(this.state, header, []), totalWeight };
    this.states.push(this.tip.state);
  }
}

interface PowVectors {
  readonly work: readonly { readonly target: string; readonly work: string }[];
  readonly compact: readonly { readonly bits: string; readonly target: string; readonly roundTrip: boolean }[];
  readonly retarget: readonly {
    readonly oldTarget: string;
    readonly actualMs: string;
    readonly expectedMs: string;
    readonly clamp: number;
    readonly powLimit: string;
    readonly newTarget: string;
  }[];
  readonly medianTimePast: readonly { readonly times: readonly number[]; readonly mtp: number }[];
  readonly settleDepth: readonly { readonly q: number; readonly epsilon: number; readonly depth: number }[];
  readonly doubleSha256: { readonly inputUtf8: string; readonly digest: string };
  readonly mine: {
    readonly prefixUtf8: string;
    readonly cases: readonly { readonly target: string; readonly nonce: number; readonly hash: string }[];
  };
}

/** Vectors of docs/spec/pos-pow.md, section 3. */
export const VECTORS: PowVectors = JSON.parse(
  readFileSync(new URL('../../testdata/chain-math.json', import.meta.url), 'utf8'),
).pow;

export const bigintOf = (digits: string): bigint => BigInt(`0x${digits}`);
