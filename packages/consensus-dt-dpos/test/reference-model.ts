import { createHash } from 'node:crypto';
import type { ActorId, Bytes } from '@fiducia/consensus';
import type { DtDposConfig } from '../src/index.ts';

/**
 * A second implementation of docs/spec/trust.md for tests: it keeps the raw log of every node and
 * recomputes everything from it, without buckets, running sums, lazy expiry, pages or trees. It shares
 * no code with the package.
 */

/** What a block established about one node. */
interface Entry {
  readonly height: number;
  readonly produced: number;
  readonly missed: number;
  readonly offences: number;
  readonly voted: boolean;
}

export interface Node {
  readonly index: number;
  readonly id: ActorId;
  readonly admittedAt: number;
  readonly d0: number;
  status: 'PENDING' | 'ACTIVE' | 'EXITING' | 'EXITED' | 'TOMBSTONED';
  deposit: bigint;
  jailedUntil: number;
  isLive: boolean;
  rating: { readonly trust: number; readonly tier: string } | null;
  slashed: { readonly epoch: number; readonly bp: number } | null;
  vrfKey: Bytes | null;
  readonly ballots: Map<ActorId, bigint>;
  readonly log: Entry[];
}

export interface ModelSeat {
  readonly index: number;
  readonly id: ActorId;
  readonly weight: number;
  readonly vrfKey?: Bytes;
}

const floor = (dividend: number, divisor: number): number => {
  const [a, b] = [BigInt(dividend), BigInt(divisor)];
  return Number(a / b - (a % b < 0n ? 1n : 0n));
};

export class ReferenceModel {
  readonly config: DtDposConfig;
  readonly nodes: Node[] = [];
  readonly elections: (readonly ModelSeat[])[] = [];
  seats: readonly ModelSeat[] = [];
  priorities: number[] = [];
  seed: Bytes;
  height = 0;
  slot = 0;
  queue: (() => void)[] = [];
  /** With VRF seeds: seeds and electors by epoch, and the mix of the running one. */
  readonly seeds: Bytes[] = [];
  readonly electors: (readonly ModelSeat[])[] = [];
  readonly chainId: Bytes;
  mix: Bytes;

  constructor(
    config: DtDposConfig,
    founders: readonly (readonly [id: ActorId, deposit: bigint, vrfKey: Bytes])[],
    randomness: Bytes,
    chainId: Bytes,
  ) {
    this.config = config;
    this.chainId = chainId;
    this.mix = this.hash('vrf/acc/v1', chainId, u64(0n));
    for (const [id, deposit, vrfKey] of founders) this.admit(id, deposit, config.genesisD0, 'ACTIVE').vrfKey = vrfKey;
    for (const node of this.nodes) node.rating = this.rate(node);
    this.seed = randomness;
    const members = this.candidates();
    // E3: epochs 0 .. lag use the genesis state.
    for (let epoch = 0; epoch <= config.electionLagEpochs; epoch++) this.electors.push(members);
    if (this.isVrf) {
      // R5: nobody contributed to the first two.
      for (const epoch of [0n, 1n]) this.seeds.push(this.hash('vrf/genesis/v1', randomness, u64(epoch)));
      this.seed = this.seeds[0] as Bytes;
      for (const seed of this.seeds) this.elections.push(this.elect(members, seed));
    } else {
      const first = this.elect(members, randomness);
      for (let epoch = 0; epoch <= config.electionLagEpochs; epoch++) this.elections.push(first);
    }
    this.seats = this.elections[0] ?? [];
    this.priorities = this.seats.map(() => 0);
  }

  get isVrf(): boolean {
    return this.config.seedMode === 'vrf';
  }

  /** R1: what a leader evaluates. */
  alpha(slot: number): Bytes {
    return new Uint8Array(Buffer.concat([Buffer.from('vrf/slot/v1'), this.chainId, this.seed, u64(BigInt(slot))]));
  }

  /** R2: two thirds of the rounds of an epoch contribute. */
  contribute(height: number, output: Bytes): void {
    const { epochRounds } = this.config.trust;
    if ((height - 1) % epochRounds < floor(2 * epochRounds, 3)) this.mix = this.hash('vrf/mix/v1', this.mix, output);
  }

  epochOf(height: number): number {
    return floor(height - 1, this.config.trust.epochRounds);
  }

  of(id: ActorId): Node | undefined {
    return this.nodes.findLast((node) => node.id === id);
  }

  admit(id: ActorId, deposit: bigint, d0: number, status: Node['status']): Node {
    const node: Node = {
      index: this.nodes.length,
      id,
      admittedAt: this.height,
      d0,
      status,
      deposit,
      jailedUntil: 0,
      isLive: true,
      rating: null,
      slashed: null,
      vrfKey: this.of(id)?.vrfKey ?? null,
      ballots: new Map(),
      log: [],
    };
    this.nodes.push(node);
    return node;
  }

  isActive(node: Node, round: number): boolean {
    return node.status === 'ACTIVE' && node.jailedUntil <= round;
  }

  /** S1, S4: leaders of the slots after the last block up to `slot`, without booking them. */
  leadersTo(slot: number): { readonly leaders: readonly ModelSeat[]; readonly priorities: number[] } {
    const priorities = [...this.priorities];
    const total = this.seats.reduce((sum, { weight }) => sum + weight, 0);
    const leaders: ModelSeat[] = [];
    for (let current = this.slot + 1; current <= slot; current++) {
      for (const [at, seat] of this.seats.entries()) priorities[at] = (priorities[at] ?? 0) + seat.weight;
      const at = priorities.indexOf(Math.max(...priorities));
      priorities[at] = (priorities[at] ?? 0) - total;
      leaders.push(this.seats[at] as ModelSeat);
    }
    return { leaders, priorities };
  }

  /** D1 to D3: dynamic base and last activity, replayed from the log. */
  replay(node: Node): { readonly base: number; readonly lastActive: number; readonly faults: number } {
    const { trust } = this.config;
    let base = node.d0;
    let lastActive = node.admittedAt;
    let faults = 0;
    for (const entry of node.log) {
      const produced = entry.offences > 0 ? 0 : entry.produced;
      const voted = entry.offences > 0 || !entry.voted ? 0 : 1;
      if (produced + voted > 0) {
        base = Math.max(0, base - this.decay(Math.max(0, entry.height - 1 - lastActive)));
        lastActive = entry.height;
      }
      base += voted * trust.trustReward + produced * trust.trustRewardBlock;
      base -= entry.offences * trust.penaltyMalicious + entry.missed * trust.penaltyMiss;
      base = Math.min(trust.dMax, Math.max(0, base));
      faults += entry.offences;
    }
    return { base, lastActive, faults };
  }

  decay(idle: number): number {
    const { decayT, decayN } = this.config.trust;
    return idle <= decayT ? 0 : floor(decayN * idle, decayT);
  }

  /** A1 to C1 after the last block. */
  rate(node: Node): { readonly trust: number; readonly tier: string } {
    const { trust, depositTarget } = this.config;
    const from = (this.epochOf(this.height) - trust.windowEpochs + 1) * trust.epochRounds + 1;
    const counted = node.log.filter((entry) => entry.height >= from);
    const sum = (pick: (entry: Entry) => number) => counted.reduce((total, entry) => total + pick(entry), 0);
    const correct = sum((entry) => (entry.offences > 0 ? 0 : entry.produced));
    const malicious = sum((entry) => entry.offences);
    const voted = sum((entry) => (entry.voted && entry.offences === 0 ? 1 : 0));
    const rounds = this.height - Math.max(1, from) + 1;

    const a =
      correct + malicious === 0
        ? trust.neutralA
        : floor(correct * trust.mu1 - malicious * trust.mu2, correct + malicious);
    const b = rounds <= 0 ? trust.neutralB : floor(Math.min(voted, rounds) * 1_000_000, rounds);
    const h = floor(trust.omega1Bp * a + trust.omega2Bp * b, 10_000);
    const allVotes = this.nodes.reduce((total, other) => total + votesOf(other), 0n);
    const share = allVotes === 0n ? 1_000_000n : (votesOf(node) * BigInt(trust.voteSaturation) * 1_000_000n) / allVotes;
    const v = Math.min(1_000_000, Number(share));
    const m = node.deposit >= depositTarget ? 1_000_000 : Number((node.deposit * 1_000_000n) / depositTarget);
    const { base, lastActive } = this.replay(node);
    const d = Math.max(0, base - this.decay(this.height - lastActive));
    const weighted = trust.alphaBp * h + trust.betaBp * v + trust.deltaBp * m + trust.gammaBp * d;
    const r = Math.max(0, floor(weighted, 10_000));
    const limits = [trust.tierTrusted, trust.tierNormal, trust.tierSuspect, 0];
    const tier = ['TRUSTED', 'NORMAL', 'SUSPECT', 'MALICIOUS'][limits.findIndex((limit) => r >= limit)] ?? '';
    return { trust: r, tier };
  }

  /** R2: who has weight in the next round. */
  candidates(): readonly ModelSeat[] {
    const { config } = this;
    return this.nodes.flatMap((node): ModelSeat[] => {
      const isEligible = node.isLive && this.isActive(node, this.height + 1) && node.deposit >= config.depositMin;
      if (!isEligible || node.rating === null) return [];
      const bp = config.tierWeights[node.rating.tier as keyof typeof config.tierWeights];
      const weight = floor(node.rating.trust * bp, 10_000);
      if (this.isVrf && node.vrfKey === null) return [];
      const key = this.isVrf && node.vrfKey !== null ? { vrfKey: node.vrfKey } : {};
      return weight > 0 ? [{ index: node.index, id: node.id, weight, ...key }] : [];
    });
  }

  /** E1, E2: a weighted committee. */
  elect(members: readonly ModelSeat[], seed: Bytes): readonly ModelSeat[] {
    const { config } = this;
    const pool = [...members];
    const chosen: ModelSeat[] = [];
    let counter = 0n;
    while (chosen.length < config.committee.size && pool.length > 0) {
      const total = BigInt(pool.reduce((sum, { weight }) => sum + weight, 0));
      const hash = this.hash('dt-dpos/committee/', seed, u64(counter++));
      const sample = Buffer.from(hash).readBigUInt64BE();
      if (sample >= (2n ** 64n / total) * total) continue;
      let value = Number(sample % total);
      const at = pool.findIndex(({ weight }) => {
        value -= weight;
        return value < 0;
      });
      chosen.push(...pool.splice(at, 1));
    }
    return chosen.sort((one, other) => one.index - other.index);
  }

  /** P3: expire, score, apply the queue, elect, new seed; then S1 for a new committee. */
  cross(sealHash: Bytes): void {
    const epoch = this.epochOf(this.height);
    for (const node of this.nodes) {
      const { lastActive } = this.replay(node);
      if (epoch - this.epochOf(lastActive) >= this.config.dormantEpochs) node.isLive = false;
      const isGone = node.status === 'EXITED' || node.status === 'TOMBSTONED';
      if (node.isLive && !isGone && node.status !== 'PENDING') node.rating = this.rate(node);
    }
    for (const change of this.queue.splice(0)) change();
    this.electors.push(this.candidates());
    if (this.isVrf) {
      // R3, and E3 with the candidates that were fixed before the first contribution (R6).
      const drawn = epoch + 2;
      const seed = this.hash('vrf/seed/v1', this.chainId, u64(BigInt(drawn)), this.mix);
      this.seeds.push(seed);
      this.elections.push(this.elect(this.electors[drawn] ?? [], seed));
      this.mix = this.hash('vrf/acc/v1', this.chainId, u64(BigInt(epoch + 1)));
      this.seed = this.seeds[epoch + 1] as Bytes;
    } else {
      this.elections.push(this.elect(this.electors.at(-1) ?? [], this.seed));
      this.seed = this.hash('dt-dpos/seed/', this.seed, sealHash);
    }
    this.install(this.elections[epoch + 1] ?? []);
  }

  install(next: readonly ModelSeat[]): void {
    const before = this.seats;
    this.seats = next;
    if (before.length === next.length && before.every(({ index }, at) => index === next[at]?.index)) return;
    const total = next.reduce((sum, { weight }) => sum + weight, 0);
    const old = new Map(before.map(({ index }, at) => [index, this.priorities[at] ?? 0]));
    let carried = next.map(({ index }) => old.get(index) ?? -floor(9 * total, 8));
    const spread = Math.max(...carried) - Math.min(...carried);
    if (spread > 2 * total) {
      const divisor = -floor(-spread, 2 * total);
      carried = carried.map((priority) => Math.trunc(priority / divisor) + 0);
    }
    const mean = floor(
      carried.reduce((sum, priority) => sum + priority, 0),
      carried.length,
    );
    this.priorities = carried.map((priority) => priority - mean);
  }

  /** E3: what the digest of a boundary block names. */
  nextValidatorsHash(): Bytes {
    const seats = this.elections[this.epochOf(this.height + 1) + 1] ?? [];
    const parts = seats.flatMap(({ id }) => [u32(id.length), Buffer.from(id), u32(1), Buffer.from([1])]);
    const keys = seats.flatMap(({ vrfKey }) => (vrfKey === undefined ? [] : [u32(vrfKey.length), vrfKey]));
    return this.hash('', u32(seats.length), ...parts, ...keys);
  }

  hash(prefix: string, ...parts: readonly Bytes[]): Bytes {
    const hash = createHash('sha256').update(prefix);
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  }
}

function votesOf(node: Node): bigint {
  return [...node.ballots.values()].reduce((total, weight) => total + weight, 0n);
}

function u32(value: number): Bytes {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: bigint): Bytes {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
