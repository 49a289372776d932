/**
 * What a simulation runs: a protocol with its configuration, named as on the command line.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Era, Height, Millis } from '@fiducia/consensus';
import { SimulationError } from './errors.ts';
import type { Oracle } from './run/world.ts';

/** Raw configuration of a plugin, or how it follows from the ids of the members of the network. */
export type ConfigSource = object | ((members: readonly ActorId[]) => object);

/** A plugin with the configuration to run it with. */
export interface ConfiguredPlugin {
  /** The plugin as it ships. */
  readonly plugin: ConsensusPlugin;
  /** Its raw configuration. */
  readonly config: ConfigSource;
}

/**
 * A protocol under simulation.
 *
 * What the network has to offer follows from the plugins: members vote in rounds where `participation` facts are
 * wanted, register keys where `vrf` is claimed, mine in virtual time where `work` is, and the workload contains
 * ballots and deposits where those are wanted.
 *
 * @example
 * ```ts
 * const subject: Subject = {
 *   name: 'round-robin',
 *   production: { plugin: roundRobin() as ConsensusPlugin, config: { slotMs: 1_000 } },
 *   slotMs: 1_000,
 * };
 * ```
 */
export interface Subject {
  /** Names it in results and stored seeds: lower-case letters, digits, `-`, `+` and `.`. */
  readonly name: string;
  /** Produces blocks. */
  readonly production: ConfiguredPlugin;
  /** Makes them final, if a gadget does. */
  readonly finality?: ConfiguredPlugin;
  /** Protocols that take over at a height (contract H-33), lowest height first; absent: none ever does. */
  readonly laterEras?: readonly LaterEra[];
  /** Duration of a slot, or the mean time between two blocks. */
  readonly slotMs: Millis;
  /** Seats in a network of that many members, where not all of them have one; absent: one for each. */
  readonly seats?: (members: number) => number;
  /** Sizes of networks to draw from, 1 to 64 nodes each; absent: mostly 4, 5 and 7, up to 21. */
  readonly nodeCounts?: readonly number[];
  /**
   * Hashes per second of each node, for protocols of work; absent: one block of the whole network in `slotMs` on
   * average at a target of one hash.
   */
  readonly hashesPerSecond?: number;
  /** A second opinion on the protocol for the checkers of I7 and I8, written from its specification. */
  readonly oracle?: Oracle;
}

/** A protocol that takes over. */
export interface LaterEra {
  /** Its first height, at least 2. */
  readonly fromHeight: Height;
  /** Produces blocks from then on. */
  readonly production: ConfiguredPlugin;
  /** Makes them final, if a gadget does. */
  readonly finality?: ConfiguredPlugin;
}

/** Raw configuration for the given members. */
export function configFor(source: ConfigSource, members: readonly ActorId[]): object {
  return typeof source === 'function' ? (source as (members: readonly ActorId[]) => object)(members) : source;
}

/** The eras of a chain under `subject`. */
export function erasOf(subject: Subject, members: readonly ActorId[]): readonly Era[] {
  const settingsOf = ({ plugin, config }: ConfiguredPlugin) => {
    return { name: plugin.name, config: configFor(config, members) };
  };
  return allEras(subject).map(({ fromHeight, production, finality }) => {
    return { fromHeight, production: settingsOf(production), ...(finality && { finality: settingsOf(finality) }) };
  });
}

/** What produces blocks, by era. */
export function producersOf(subject: Subject): readonly ConfiguredPlugin[] {
  return allEras(subject).map(({ production }) => production);
}

/** Whether members vote, on blocks or on what becomes final. */
export function hasVotingEngine(subject: Subject): boolean {
  return pluginsOf(subject).some(({ traits: { finality } }) => finality !== 'settle');
}

/** Its plugins, each once, the one that produces first. */
export function pluginsOf(subject: Subject): readonly ConsensusPlugin[] {
  const plugins = allEras(subject).flatMap(({ production, finality }) => [
    production.plugin,
    ...(finality === undefined ? [] : [finality.plugin]),
  ]);
  return [...new Map(plugins.map((plugin) => [plugin.name, plugin])).values()];
}

function allEras({ production, finality, laterEras = [] }: Subject): readonly LaterEra[] {
  return [{ fromHeight: 1, production, ...(finality && { finality }) }, ...laterEras];
}

/**
 * Most of `members` that may misbehave while every plugin keeps its promises, as their `traits.faults` declare. Seats are
 * what counts there: any member may be elected sooner or later, so that of those who misbehave all may have one.
 */
export function faultyMax(subject: Subject, members: number): number {
  const seats = Math.min(members, subject.seats?.(members) ?? members);
  const maxima = pluginsOf(subject).map(({ traits: { faults } }) =>
    // Strictly less than the fraction: the greatest f with f / seats < numerator / denominator.
    faults.kind === 'none' ? 0 : Math.max(0, Math.ceil((seats * faults.numerator) / faults.denominator) - 1),
  );
  return Math.min(...maxima);
}

const NAME = /^[a-z][a-z0-9.+-]{0,63}$/;

/** Refuses a subject that cannot be run. */
export function requireSubject(subject: Subject): void {
  const invalid = (path: string, reason: string): never => {
    throw new SimulationError({ code: 'INVALID_OPTION', path: `subject.${path}`, reason });
  };
  const { name, slotMs, nodeCounts = [1], hashesPerSecond = 1 } = subject;
  if (!NAME.test(name)) invalid('name', 'must match [a-z][a-z0-9.+-]{0,63}');
  if (!Number.isSafeInteger(slotMs) || slotMs < 100 || slotMs > 3_600_000) invalid('slotMs', 'must be 100 to 3600000');
  const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 1 && count <= 64;
  if (nodeCounts.length === 0 || !nodeCounts.every(isCount)) invalid('nodeCounts', 'must list counts from 1 to 64');
  if (!(hashesPerSecond > 0)) invalid('hashesPerSecond', 'must be above 0');
}
