import { createHash } from 'node:crypto';
import type {
  ActorId,
  Bytes,
  Claim,
  ConsensusHeader,
  ConsensusRules,
  Evidence,
  Fact,
  RulesContext,
  Tip,
} from '@fiducia/consensus';
import { encodeDigest, leaderAt, type PosConfig, type PosState, pos } from '../src/index.ts';
import { leadershipAt } from '../src/lottery.ts';

export const T0 = 1_700_000_000_000;

export const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());

export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');

export const fromHex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'));

export const CHAIN_ID = sha256(new TextEncoder().encode('fiducia-test-chain'));

export const CONTEXT: RulesContext = { chainId: CHAIN_ID, era: 0, protocol: 'pos@1', sha256 };

export function configOf(raw: Partial<Record<keyof PosConfig, unknown>> = {}): PosConfig {
  return pos().parseConfig({ epochSlots: 30, minStake: 1, slotMs: 1_000, ...raw });
}

export const nodeId = (index: number): ActorId => `node-${index}`;

export const vrfKeyOf = (actor: ActorId): Bytes => {
  const key = new Uint8Array(33).fill(2);
  key.set(sha256(new TextEncoder().encode(actor)), 1);
  return key;
};

export const admission = (actor: ActorId, deposit: bigint): Fact => ({
  kind: 'admission',
  actor,
  deposit,
  category: 'wind',
});
export const deposit = (actor: ActorId, total: bigint): Fact => ({ kind: 'deposit', actor, total });
export const key = (actor: ActorId, publicKey: Bytes = vrfKeyOf(actor)): Fact => ({
  kind: 'key',
  actor,
  role: 'vrf',
  publicKey,
});
export const exit = (actor: ActorId): Fact => ({ kind: 'exit', actor });

/** Validators `node-0`, `node-1`, … with these stakes and a VRF key each. */
export function census(...stakes: readonly bigint[]): readonly Fact[] {
  return [
    ...stakes.map((stake, index) => admission(nodeId(index), stake)),
    ...stakes.map((_stake, index) => key(nodeId(index))),
  ];
}

export function headerOf(overrides: Partial<ConsensusHeader>): ConsensusHeader {
  const { height = 0, timestamp = T0, author = '' } = overrides;
  const name = `${height}/${timestamp}/${author}/${hex(overrides.digest ?? new Uint8Array())}/${overrides.parentId}`;
  const sealHash = sha256(new TextEncoder().encode(name));
  return {
    id: hex(sealHash),
    parentId: '',
    height,
    timestamp,
    author,
    protocol: 'pos@1',
    digest: new Uint8Array(),
    sealHash,
    seal: Uint8Array.of(1),
    ...overrides,
  };
}

/** Unique per key and input, like a VRF. */
export function evaluate(vrfKey: Bytes, alpha: Bytes): { readonly output: Bytes; readonly proof: Bytes } {
  const output = sha256(new Uint8Array([...vrfKey, ...alpha]));
  return { output, proof: new Uint8Array([...output, ...output, ...output]).subarray(0, 81) };
}

export function equivocation(offender: ActorId, height: number, overrides: Partial<Evidence> = {}): Evidence {
  return {
    kind: 'equivocation',
    subject: 'header',
    era: 0,
    protocol: 'pos@1',
    offender,
    height,
    first: Uint8Array.of(1),
    second: Uint8Array.of(2),
    ...overrides,
  } as Evidence;
}

/** A chain without a host: it asks the rules for the leader, verifies, and applies. */
export class TestChain {
  readonly config: PosConfig;
  readonly rules: ConsensusRules<PosState>;
  header: ConsensusHeader;
  state: PosState;
  weight = 0n;

  constructor(config: PosConfig, facts: readonly Fact[] = census(1_000n, 2_500n, 1n, 4_000n, 499n)) {
    this.config = config;
    this.rules = pos().createRules(config, CONTEXT);
    this.header = headerOf({ height: 0, timestamp: T0 });
    const handover = { validators: [], randomness: CHAIN_ID, extra: new Map() };
    this.state = this.rules.initialState({ era: 0, parent: this.header, handover, census: facts });
  }

  get tip(): Tip<PosState> {
    return { header: this.header, state: this.state, totalWeight: this.weight };
  }

  /** A second chain that continues from here on its own. */
  fork(): TestChain {
    return Object.assign(Object.create(TestChain.prototype) as TestChain, this);
  }

  leaderOf(slot: number): ActorId {
    return leaderAt(this.state, slot, this.config, CONTEXT);
  }

  /** Header that the leader of `slot` would sign. */
  next(slot: number, overrides: Partial<ConsensusHeader> = {}): ConsensusHeader {
    const { leader, alpha } = leadershipAt(this.state, slot, this.config, CONTEXT);
    return headerOf({
      parentId: this.header.id,
      height: this.header.height + 1,
      timestamp: T0 + slot * this.config.slotMs,
      author: leader.id,
      digest: encodeDigest({ slot, ...evaluate(leader.vrfKey, alpha) }),
      ...overrides,
    });
  }

  judge(header: ConsensusHeader, now = header.timestamp): string {
    const verdict = this.rules.verifyHeader(header, this.tip, now);
    return verdict.kind === 'reject' ? verdict.code : verdict.kind;
  }

  claims(header: ConsensusHeader): readonly Claim[] {
    const verdict = this.rules.verifyHeader(header, this.tip, header.timestamp);
    if (verdict.kind !== 'accept') throw new Error(`refused: ${JSON.stringify(verdict)}`);
    return verdict.claims;
  }

  /** Verifies and applies a block; throws if the rules refuse it. */
  add(slot: number = this.state.slot + 1, facts: readonly Fact[] = []): ConsensusHeader {
    const header = this.next(slot);
    this.claims(header);
    this.state = this.rules.applyHeader(this.state, header, facts);
    this.header = header;
    this.weight += 1n;
    return header;
  }

  /** Fills every slot up to `slot` whose leader may produce. */
  addUntil(slot: number): void {
    while (this.state.slot < slot) {
      const next = this.firstFreeSlot(this.state.slot + 1);
      if (next > slot) return;
      this.add(next);
    }
  }

  /** First slot from `slot` on whose leader may produce. */
  firstFreeSlot(slot: number): number {
    for (let candidate = slot; ; candidate++) {
      if (this.judge(this.next(candidate)) !== 'LEADER_EJECTED') return candidate;
    }
  }

  /** First slot from `slot` on that `actor` leads. */
  firstSlotOf(actor: ActorId, slot: number = this.state.slot + 1): number {
    for (let candidate = slot; candidate < slot + 100_000; candidate++) {
      if (this.leaderOf(candidate) === actor) return candidate;
    }
    throw new Error(`${actor} leads nothing`);
  }

  stakes(epoch: 0 | 1 | 2 = 0): Record<ActorId, bigint> {
    return Object.fromEntries(this.state.snapshots[epoch].tickets.map(({ id, stake }) => [id, stake]));
  }

  root(): string {
    const hash = createHash('sha256');
    for (const chunk of this.rules.codec.encode(this.state)) hash.update(chunk);
    return hash.digest('hex');
  }
}
