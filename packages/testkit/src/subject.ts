/**
 * What an author gives the kit: one set-up for all requirements.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Millis } from '@fiducia/consensus';
import type { GoldenVectors } from './vectors.ts';

/** A raw configuration, or how to make one for a given set of members. */
export type ConfigSource = object | ((members: readonly ActorId[]) => object);

/** A plugin with a configuration for it. */
export interface ConfiguredPlugin {
  /** The plugin. */
  readonly plugin: ConsensusPlugin;
  /** Input of its `parseConfig`. */
  readonly config: ConfigSource;
}

/** A protocol that the kit can put on whole nodes. */
export interface Subject {
  /** Names it in reports. */
  readonly name: string;
  /** What produces blocks. */
  readonly production: ConfiguredPlugin;
  /** What finalises them; if present, this is the plugin under test. */
  readonly finality?: ConfiguredPlugin;
  /** Duration of a slot, or the mean time between two blocks. */
  readonly slotMs: Millis;
  /** Sizes of networks that it is run with. @default [4, 7, 10, 21] */
  readonly nodeCounts?: readonly number[];
  /** Speed of every node's simulated mining; absent without proof of work. */
  readonly hashesPerSecond?: number;
}

/** A further configuration that the plugin must work under. */
export interface NamedConfig {
  /** Names it in reports. */
  readonly name: string;
  /** Input of `parseConfig` of the plugin under test. */
  readonly config: ConfigSource;
}

/** What only the author knows about the protocol. */
export interface ConformanceOracles {
  /** Sum of all rewards of the block at a height, as documented (contract CK-11). */
  readonly rewardPerBlock?: (height: number) => bigint;
}

/** The one set-up from which the kit tests a plugin. */
export interface ConformanceSubject extends Subject {
  /** Configurations beside that of the subject, each run for a while (contract CK-06). */
  readonly configs?: readonly NamedConfig[];
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
