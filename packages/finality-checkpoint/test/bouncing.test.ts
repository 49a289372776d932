import { describe, expect, it } from 'vitest';
import {
  type Certificate,
  checkpointFinality,
  decodeVote,
  encodeCertificate,
  encodeVote,
  type Link,
} from '../src/index.ts';
import { randomOf } from './campaign.ts';
import { member, nameOfMember, type TestBlock, type TestNode, World } from './support.ts';

/** `FIDUCIA_CAMPAIGN=full` runs what is promised; otherwise a sample of it. */
const SEEDS = process.env.FIDUCIA_CAMPAIGN === 'full' ? 10_000 : 100;

/** After so many checkpoints without finality the attack has won. */
const CHECKPOINTS_MAX = 60;

const HONEST = ['1', '2', '3'] as const;
const CHEAT = '0';
const EVERY = 2;

type Plugin = ReturnType<typeof checkpointFinality>;

/**
 * One of four members holds its votes back. Whenever two honest ones voted for a link, its own vote makes the third;
 * when it may propose, it extends a branch that is losing with such a link, so that the honest ones move over before
 * all three of them voted for one checkpoint. Blocks reach each honest member in the same step or the next one.
 */
class Bounce {
  readonly #world: World;
  readonly #random: (bound: number) => number;
  readonly #nodes: readonly TestNode[];
  readonly #votes = new Map<string, { readonly link: Link; readonly voters: Map<string, Uint8Array> }>();
  #late: { readonly node: TestNode; readonly block: TestBlock }[] = [];
  #blocks = 0;
  moves = 0;

  constructor(plugin: Plugin, seed: number) {
    this.#world = new World({ plugin, config: { every: EVERY, delay: 0 } });
    this.#random = randomOf(seed);
    this.#nodes = HONEST.map((name) => this.#world.start(name));
  }

  /** Checkpoints until every honest member has seen two become final. */
  run(): number {
    for (let step = 1; step <= CHECKPOINTS_MAX * EVERY; step++) {
      const proposer = this.#random(4);
      const block = proposer === 0 ? this.#propose() : this.#extend(this.#nodes[proposer - 1]);
      const late = this.#late;
      this.#late = [];
      for (const { node, block: delayed } of late) this.#import(node, delayed);
      for (const node of this.#nodes) {
        if (this.#random(2) === 0) this.#import(node, block);
        else this.#late.push({ node, block });
      }
      if (this.#nodes.every(({ finals }) => finals.length >= 2)) return step / EVERY;
    }
    return CHECKPOINTS_MAX;
  }

  #import(node: TestNode, block: TestBlock): void {
    const before = node.head.header.id;
    const isOther = block.header.parentId !== before;
    node.receiveBranch(block);
    if (isOther && node.head.header.id === block.header.id) this.moves++;
    for (const message of node.sent.splice(0)) {
      const link = decodeVote(message.payload);
      if (link === undefined) continue;
      const key = encodeVote(link).join();
      const known = this.#votes.get(key) ?? { link, voters: new Map<string, Uint8Array>() };
      known.voters.set(nameOfMember(message.author), message.signature);
      this.#votes.set(key, known);
    }
  }

  #extend(node: TestNode | undefined): TestBlock {
    if (node === undefined) throw new Error('no proposer');
    const parent = node.head.header.id;
    return this.#world.block(`n${++this.#blocks}`, parent, { ...node.body(parent), evidence: [] });
  }

  /** The highest link that can be completed on a branch that no honest member follows, else a fork of its own. */
  #propose(): TestBlock {
    const heads = new Set(this.#nodes.map(({ head }) => head.header.id));
    const [node] = this.#nodes;
    const tips = [...(node?.tips.values() ?? [])].filter(({ header }) => !heads.has(header.id));
    for (const { link, voters } of [...this.#votes.values()].reverse()) {
      if (voters.size !== 2) continue;
      const data = encodeCertificate(this.#complete(link, voters));
      const losing = tips.filter((tip) => node?.rules.verifyCertificate?.(data, tip).kind === 'accept');
      const highest = losing.sort((a, b) => b.header.height - a.header.height)[0];
      if (highest === undefined) continue;
      return this.#world.block(`x${++this.#blocks}`, highest.header.id, { certificates: [data] });
    }
    const parent = node?.tips.get(node.head.header.parentId)?.header.id ?? 'g';
    return this.#world.block(`x${++this.#blocks}`, parent);
  }

  #complete(link: Link, voters: ReadonlyMap<string, Uint8Array>): Certificate {
    const signatures = new Map(voters).set(CHEAT, member(CHEAT).sign(encodeVote(link)));
    const places = [...signatures.keys()].map(Number).sort((a, b) => a - b);
    return {
      link,
      voters: places,
      signatures: places.map((place) => signatures.get(String(place)) ?? new Uint8Array()),
    };
  }
}

function measure(plugin: Plugin): { mean: number; worst: number; stuck: number; moves: number } {
  let [sum, worst, stuck, moves] = [0, 0, 0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const bounce = new Bounce(plugin, seed);
    const taken = bounce.run();
    sum += taken;
    worst = Math.max(worst, taken);
    if (taken >= CHECKPOINTS_MAX) stuck++;
    moves += bounce.moves;
  }
  return { mean: Math.round((100 * sum) / SEEDS) / 100, worst, stuck, moves };
}

describe('L07: votes held back, so that the justified checkpoint keeps moving between branches (finality-checkpoint C4)', () => {
  it(`finality resumes in each of ${SEEDS} seeds`, { timeout: 3_600_000 }, () => {
    const result = measure(checkpointFinality());
    process.stdout.write(`\nL07 over ${SEEDS} seeds, in checkpoints: ${JSON.stringify(result)}\n`);
    expect(result.stuck).toBe(0);
    expect(result.moves).toBeGreaterThan(SEEDS);
  });
});
