/**
 * What the requirements share: samples of the plugin's life, and chance.
 *
 * @module
 */
import { ByteWriter, type Millis } from '@fiducia/consensus';
import { createXoshiro256, type RandomStream, type Subject } from '@fiducia/simulator';
import { sha256 } from './inspect/hash.ts';
import type { Finding, ItemId } from './item.ts';
import { requireSubject } from './require-subject.ts';
import { withBoundedEngines } from './sample/bounded-engines.ts';
import { findingOfRefusal, isDeclined } from './sample/refusal.ts';
import { type Sample, type SampleOptions, takeSample } from './sample/sample.ts';
import { type ConformanceSubject, type NamedConfig, pluginUnderTest } from './subject.ts';

/** Slots of the sample that all requirements use, and at least of those under further configurations and of other sizes. */
const SLOTS = 30;
const FURTHER_SLOTS_MIN = 16;
/** Small networks fork, elect and vote as large ones do. */
const NODES_DEFAULT = 4;
const IDLE_CANDIDATES = 200;
/** Slots of an eventful life, for each of a sample. */
const EVENTFUL_FACTOR = 4;

/** One session of the kit with one subject. */
export class KitContext {
  readonly subject: ConformanceSubject;
  readonly seeds: readonly [number, ...number[]];
  readonly #samples = new Map<string, Promise<Sample>>();
  /** Names of configurations that no host starts, by what it says. */
  readonly #refused = new Map<unknown, string>();
  readonly #askedFor: readonly ItemId[];

  /**
   * @param askedFor - Requirements that the caller named.
   * @throws {@link TestkitError} with `INVALID_OPTION` for a subject that it cannot work with.
   */
  constructor(subject: ConformanceSubject, seeds: readonly [number, ...number[]], askedFor: readonly ItemId[] = []) {
    requireSubject(subject);
    this.subject = withBoundedEngines(subject);
    this.seeds = seeds;
    this.#askedFor = askedFor;
  }

  /** Whether the caller named a requirement. */
  isAskedFor(id: ItemId): boolean {
    return this.#askedFor.includes(id);
  }

  /** Seed of everything but networks with faults, which use all of them. */
  get seed(): number {
    return this.seeds[0];
  }

  /** The subject as the simulator runs it, without what only the kit knows. */
  get simulated(): Subject {
    const { name, production, finality, slotMs, hashesPerSecond } = this.subject;
    return {
      name,
      production,
      slotMs,
      ...(finality && { finality }),
      ...(hashesPerSecond !== undefined && { hashesPerSecond }),
    };
  }

  /** Nodes of a sample. */
  get nodeCount(): number {
    return Math.min(...(this.subject.nodeCounts ?? [NODES_DEFAULT]));
  }

  /** Whoever names a number has a border that is crossed in no fewer slots, under any configuration and by networks of any size. */
  get #furtherSlots(): number {
    return Math.max(FURTHER_SLOTS_MIN, this.subject.sampleSlots ?? 0);
  }

  /** Chance for one purpose, decided by the seed. */
  random(purpose: string): RandomStream {
    return createXoshiro256(sha256(new ByteWriter().text('testkit/v1').uint(this.seed, 8).text(purpose).finish()));
  }

  /** The sample under the subject's own configuration. @param seed - The first one if left out. */
  sample(seed = this.seed): Promise<Sample> {
    const { config } = pluginUnderTest(this.subject);
    return this.#take({ configName: 'default', config, seed, slots: this.subject.sampleSlots ?? SLOTS });
  }

  /** Why no host starts the plugin; `undefined` if one does. */
  async refusal(): Promise<Finding | undefined> {
    try {
      await this.sample();
      return undefined;
    } catch (thrown) {
      return this.refusalIn(thrown);
    }
  }

  /** A sample beside a register full of candidates who do nothing. */
  sampleWithRegister(): Promise<Sample> {
    const { config } = pluginUnderTest(this.subject);
    const size = { slots: this.#furtherSlots, idleCandidates: IDLE_CANDIDATES };
    return this.#take({ configName: 'large register', config, seed: this.seed, ...size });
  }

  /** A short sample of a network of another size. @param seed - The first one if left out. */
  sampleOf(nodeCount: number, seed = this.seed): Promise<Sample> {
    const { config } = pluginUnderTest(this.subject);
    return this.#take({ configName: `${nodeCount} nodes`, config, seed, slots: this.#furtherSlots, nodeCount });
  }

  /**
   * The sample; where the subject has fewer nodes than it takes, that of a network of four.
   *
   * @param nodesMin - At most four.
   * @returns `undefined` if the protocol says before it starts that it does not run with four.
   */
  async sampleAmong(nodesMin: number, seed = this.seed): Promise<Sample | undefined> {
    if (this.nodeCount >= nodesMin) return this.sample(seed);
    try {
      return await this.sampleOf(NODES_DEFAULT, seed);
    } catch (thrown) {
      if (isDeclined(thrown)) return undefined;
      throw thrown;
    }
  }

  /** Samples under all configurations, the subject's own first. */
  async samples(): Promise<readonly Sample[]> {
    const samples = [await this.sample()];
    for (const { name, config, slotMs } of this.subject.configs ?? []) {
      const size = { slots: this.#furtherSlots, ...(slotMs !== undefined && { slotMs }) };
      const sample = this.#take({ configName: name, config, seed: this.seed, ...size });
      samples.push(
        await sample.catch((thrown: unknown) => {
          this.#refused.set(thrown, name);
          throw thrown;
        }),
      );
    }
    return samples;
  }

  /** What a refused start says of the plugin; `undefined` if `thrown` is none. */
  refusalIn(thrown: unknown): Promise<Finding | undefined> {
    return findingOfRefusal(thrown, this.seed, this.#refused.get(thrown));
  }

  /** Long lives in which everything happens, under all configurations: what golden vectors are recorded from. */
  async eventfulLives(): Promise<readonly Sample[]> {
    const { sampleSlots = SLOTS, configs = [] } = this.subject;
    const own: NamedConfig = { name: 'default', config: pluginUnderTest(this.subject).config };
    const lives: Sample[] = [];
    for (const { name, config, slotMs } of [own, ...configs]) {
      const size = { slots: EVENTFUL_FACTOR * sampleSlots, ...(slotMs !== undefined && { slotMs }) };
      lives.push(await this.#take({ configName: name, config, seed: this.seed, isEventful: true, ...size }));
    }
    return lives;
  }

  #take({ slotMs = this.subject.slotMs, ...wanted }: Wanted): Promise<Sample> {
    const { nodeCount } = this;
    const subject = { ...this.subject, slotMs };
    const name = `${wanted.seed} ${wanted.configName}${wanted.isEventful === true ? ' eventful' : ''}`;
    const known = this.#samples.get(name);
    if (known !== undefined) return known;
    const sample = takeSample({ subject, nodeCount, idleCandidates: 0, ...wanted });
    this.#samples.set(name, sample);
    return sample;
  }
}

type Wanted = Omit<SampleOptions, 'subject' | 'nodeCount' | 'idleCandidates'> & {
  readonly nodeCount?: number;
  readonly idleCandidates?: number;
  readonly slotMs?: Millis;
};
