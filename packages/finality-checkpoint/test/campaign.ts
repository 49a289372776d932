/**
 * Random lives of a small network: real rules and engines, blocks and votes that are late or lost, partitions,
 * crashes, and members that vote for everything.
 */
import type { SignedMessage } from '@fiducia/consensus';
import { offendersIn } from '../src/evidence.ts';
import { commitmentFor } from '../src/handover.ts';
import { type Checkpoint, encodeVote } from '../src/index.ts';
import { justifiedRef } from '../src/state.ts';
import { CONTEXT, member, memberId, type TestBlock, type TestNode, validators, World } from './support.ts';

export interface CampaignResult {
  /** Most final checkpoints on an honest node. */
  readonly finals: number;
  /** Final blocks that no common branch holds, as `a | b`; empty if nothing went wrong. */
  readonly conflicts: readonly string[];
  /** Weight of the members that honest nodes can prove to have offended, of a total of `members`. */
  readonly offenders: ReadonlySet<string>;
  readonly members: number;
  readonly terms: number;
}

export interface CampaignOptions {
  readonly seed: number;
  readonly members: number;
  readonly byzantine: number;
  /** Steps with faults, before the network is whole again. */
  readonly chaos: number;
  /** Steps after that. */
  readonly calm: number;
  readonly config: Record<string, unknown>;
  /** Whether the committee changes on the way. */
  readonly handover: boolean;
  /** Two halves all through the chaos, whom the Byzantine members serve both. */
  readonly split: boolean;
}

/** Small, fast and the same everywhere. */
export function randomOf(seed: number): (bound: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

interface Parcel {
  readonly at: number;
  readonly to: string;
  readonly open: (node: TestNode) => void;
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #random: (bound: number) => number;
  readonly #world: World;
  readonly #honest: readonly string[];
  readonly #cheats: readonly string[];
  #parcels: Parcel[] = [];
  #halves: readonly [ReadonlySet<string>, ReadonlySet<string>] | undefined;
  #step = 0;
  #blocks = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    const names = Array.from({ length: options.members }, (_, index) => String(index));
    this.#honest = names.slice(options.byzantine);
    this.#cheats = names.slice(0, options.byzantine);
    this.#world = new World({ config: options.config, validators: validators(...names) });
    this.#world.deliver = (from, to, message) => this.#post(from, to.name, (node) => node.receive(message));
    for (const name of this.#honest) this.#world.start(name);
  }

  run(): CampaignResult {
    const { chaos, calm, split } = this.#options;
    if (split) this.#halves = this.#halve();
    for (; this.#step < chaos; this.#step++) {
      if (!split && this.#random(8) === 0) this.#halves = this.#random(2) === 0 ? undefined : this.#halve();
      if (!split && this.#random(12) === 0) this.#restart();
      this.#extend();
      this.#cheat();
      this.#open();
    }
    this.#halves = undefined;
    for (; this.#step < chaos + calm; this.#step++) {
      this.#extend();
      if (!split) this.#cheat();
      this.#open();
    }
    return this.#judge();
  }

  get #isChaos(): boolean {
    return this.#step < this.#options.chaos;
  }

  #halve(): readonly [ReadonlySet<string>, ReadonlySet<string>] {
    const one = new Set(
      this.#honest.filter((_, index) => (this.#options.split ? index % 2 === 0 : this.#random(2) === 0)),
    );
    return [one, new Set(this.#honest.filter((name) => !one.has(name)))];
  }

  #areApart(a: string, b: string): boolean {
    return this.#halves?.some((half) => half.has(a) !== half.has(b)) === true && !this.#cheats.includes(a);
  }

  #post(from: string, to: string, open: Parcel['open']): void {
    if (this.#areApart(from, to)) return;
    const isRough = this.#isChaos && !this.#options.split;
    if (isRough && this.#random(10) === 0) return;
    const delay = isRough ? this.#random(4) : 0;
    this.#parcels.push({ at: this.#step + delay, to, open });
  }

  #open(): void {
    for (let round = 0; round < 20; round++) {
      const due = this.#parcels.filter(({ at }) => at <= this.#step);
      if (due.length === 0) return;
      this.#parcels = this.#parcels.filter(({ at }) => at > this.#step);
      for (const { to, open } of due) open(this.#world.node(to));
    }
  }

  /** One block per connected part, on the head of its builder; some builders are late and fork. */
  #extend(): void {
    const parts = this.#halves?.map((half) => [...half]) ?? [[...this.#honest]];
    for (const part of parts) {
      const builder = part[this.#isChaos ? this.#random(part.length) : this.#step % part.length];
      if (builder === undefined) continue;
      const node = this.#world.node(builder);
      const parent = node.head.header.id;
      const isChange = this.#options.handover && this.#random(9) === 0;
      const named = isChange ? { validators: this.#someMembers() } : {};
      const block = this.#world.block(`n${++this.#blocks}`, parent, {
        ...node.body(parent),
        ...named,
      });
      node.receiveBranch(block);
      for (const other of this.#honest) {
        if (other !== builder) this.#post(builder, other, (receiver) => receiver.receiveBranch(block));
      }
    }
  }

  /** All Byzantine members and enough honest ones, so that at most a third of any committee cheats. */
  #someMembers() {
    const left = this.#random(2);
    return validators(
      ...this.#cheats,
      ...this.#honest.slice(0, this.#honest.length - left * (this.#honest.length > 5 ? 1 : 0)),
    );
  }

  /** Votes for whatever any honest node sees as its head, told to that node alone or to everybody; and nonsense. */
  #cheat(): void {
    for (const cheat of this.#cheats) {
      for (const name of this.#honest) {
        const node = this.#world.node(name);
        const { state } = node.head;
        const { every, delay } = this.#world.config;
        const number = Math.floor((state.height - delay) / every);
        const id = state.checkpoints.get(number);
        const sources = [justifiedRef(state), state.justified[0] ?? justifiedRef(state)];
        const source = sources[this.#options.split ? 0 : this.#random(2)];
        if (id === undefined || source === undefined || number <= source.number) continue;
        this.#vote(cheat, name, { source, target: { number, id }, node });
      }
    }
  }

  #vote(cheat: string, told: string, vote: { source: Checkpoint; target: Checkpoint; node: TestNode }): void {
    const { source, target, node } = vote;
    const { state } = node.head;
    const handover = commitmentFor(state, source.number, CONTEXT);
    const payload = encodeVote({ term: state.term.number, source, target, handover });
    const message: SignedMessage = { author: memberId(cheat), payload, signature: member(cheat).sign(payload) };
    const audience = this.#options.split || this.#random(3) > 0 ? [told] : this.#honest;
    for (const name of audience) this.#post(cheat, name, (receiver) => receiver.receive(message));
  }

  #restart(): void {
    const name = this.#honest[this.#random(this.#honest.length)];
    if (name === undefined) return;
    const before = this.#world.node(name);
    const node = this.#world.start(name, before.guard, before.log);
    // What was final before the crash is in the same store as the blocks.
    for (const final of before.finals) node.finals.push(final);
    node.receiveBranch(this.#world.blocks.get(before.head.header.id) ?? this.#world.genesis);
  }

  #judge(): CampaignResult {
    const nodes = this.#honest.map((name) => this.#world.node(name));
    const offenders = new Set<string>();
    for (const node of nodes) {
      for (const evidence of node.evidence) {
        for (const id of offendersIn(node.head.state, evidence)) offenders.add(id);
      }
    }
    return {
      finals: Math.max(...nodes.map(({ finals }) => finals.length)),
      conflicts: this.#conflicts(nodes),
      offenders,
      members: this.#options.members,
      terms: Math.max(...nodes.map(({ head }) => head.state.term.number)),
    };
  }

  /** Every final block has to be an ancestor of the highest one. */
  #conflicts(nodes: readonly TestNode[]): readonly string[] {
    const blocks = [...new Set(nodes.flatMap(({ finals }) => finals))].flatMap(
      (id) => this.#world.blocks.get(id) ?? [],
    );
    const highest = blocks.reduce<TestBlock | undefined>(
      (best, block) => (best === undefined || block.header.height > best.header.height ? block : best),
      undefined,
    );
    const branch = new Set<string>();
    for (let at: TestBlock | null = highest ?? null; at !== null; at = at.parent) branch.add(at.header.id);
    return blocks
      .filter(({ header }) => !branch.has(header.id))
      .map(({ header }) => `${header.id} | ${highest?.header.id}`);
  }
}

/** Lives one life. */
export function runCampaign(options: CampaignOptions): CampaignResult {
  return new Campaign(options).run();
}
