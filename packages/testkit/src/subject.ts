/**
 * What an author gives the kit: one set-up for all requirements.
 *
 * @module
 */
import type { ActorId, Millis } from '@fiducia/consensus';
import type { ConfigSource, ConfiguredPlugin, Subject } from '@fiducia/simulator';
import type { GoldenVectors } from './vectors/life.ts';

const MILLIS_PER_SECOND = 1_000;

/** A further configuration that the plugin must work under. */
export interface NamedConfig {
  /** Names it in reports; each has a name of its own, and none is `default`. */
  readonly name: string;
  /** Input of `parseConfig` of the plugin under test. */
  readonly config: ConfigSource;
  /** Duration of a slot under this configuration. @defaultValue that of the subject */
  readonly slotMs?: Millis;
}

/** What only the author knows about the protocol. */
export interface ConformanceOracles {
  /** Sum of all rewards of the block at a height, as documented (contract CK-11). */
  readonly rewardPerBlock?: (height: number) => bigint;
}

/** When twins of a protocol with rotating leaders are parted and joined, so that it hurts. */
export interface TwinsTiming {
  /** Input of `parseConfig` of the plugin under test, with rounds as short as it allows: messages take 5 to 15 ms. */
  readonly config: ConfigSource;
  /** Duration of a slot under this configuration. */
  readonly slotMs: Millis;
  /**
   * Time from one change of the partition to the next, the last one for all that follow; up to seven count. They should
   * fall into the middle of the protocol's steps, such as between a vote and its quorum.
   */
  readonly roundsMs: readonly Millis[];
}

/** The one set-up from which the kit tests a plugin. */
export interface ConformanceSubject extends Subject {
  /**
   * Slots of the life that rules are tried on: enough to cross a border of epochs under every configuration, 10 to 1 000.
   * @defaultValue 30, and 16 under further configurations and in networks of other sizes
   */
  readonly sampleSlots?: number;
  /** Configurations beside that of the subject, each run for a while (contract CK-06). */
  readonly configs?: readonly NamedConfig[];
  /** Lets one of four nodes run twice in 150 drawn scenarios (contract CK-13); for protocols whose blocks become final. */
  readonly twins?: TwinsTiming;
  /** Golden vectors of the present major version (contract CK-22); see `recordVectors`. */
  readonly vectors?: GoldenVectors;
  /** What only the author knows. */
  readonly oracles?: ConformanceOracles;
}

/** The plugin that the kit judges: the gadget if there is one. */
export function pluginUnderTest(subject: Subject): ConfiguredPlugin {
  return subject.finality ?? subject.production;
}

/** Raw configuration for the given members. */
export function configFor(source: ConfigSource, members: readonly ActorId[]): object {
  return typeof source === 'function' ? (source as (members: readonly ActorId[]) => object)(members) : source;
}

/** Hashes per second of each of so many nodes: as given, or one block of the whole network in a slot; 0 without work. */
export function hashesPerSecondOf(subject: Subject, nodeCount: number): number {
  const { production, laterEras = [], slotMs, hashesPerSecond } = subject;
  const isMined = [production, ...laterEras.map((era) => era.production)].some(({ plugin }) => {
    return plugin.requires.claims.includes('work');
  });
  if (!isMined) return 0;
  return hashesPerSecond ?? MILLIS_PER_SECOND / (slotMs * nodeCount);
}
