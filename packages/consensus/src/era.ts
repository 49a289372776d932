/**
 * Eras: spans of heights under one protocol, and what survives a switch.
 *
 * @module
 */
import type { Fact } from './fact.ts';
import type { ConsensusHeader, Validator } from './header.ts';
import type { ConsensusPlugin } from './plugin.ts';
import type { Bytes, EraIndex, Height } from './primitives.ts';

/** What survives a change of consensus protocol. */
export interface Handover {
  /** Who may validate next. Empty if the old protocol had no validators, as in proof of work. */
  readonly validators: readonly Validator[];
  /** 32 bytes the new protocol may seed its schedule from. At genesis: the chain identity. */
  readonly randomness: Bytes;
  /** Further values by agreed name, e.g. `trust/scores`. Unknown names are ignored. */
  readonly extra: ReadonlyMap<string, Bytes>;
}

/** Where an era starts. Genesis is era 0 and starts after block 0. */
export interface EraStart {
  /** Which era. */
  readonly era: EraIndex;
  /** Last block before the era; it has height `fromHeight - 1`. */
  readonly parent: ConsensusHeader;
  /** Export of the previous era's rules, or the genesis handover. */
  readonly handover: Handover;
  /**
   * Census: the current value of every fact of the required kinds. Admissions come first, in order
   * of admission (genesis members in the order of the genesis configuration); all others are
   * sorted by actor. It may hold one entry per registered node; iterate it once and keep no
   * reference.
   */
  readonly census: Iterable<Fact>;
}

/** A plugin chosen by name, with its unparsed configuration. */
export interface PluginReference {
  /** {@link ConsensusPlugin.name} of a registered plugin. */
  readonly name: string;
  /** Input of {@link ConsensusPlugin.parseConfig}. */
  readonly config: unknown;
}

/** A span of heights governed by one production plugin and at most one finality gadget. */
export interface Era {
  /** First height under these plugins. Era 0 starts at height 1; heights strictly increase. */
  readonly fromHeight: Height;
  /** Plugin that produces and orders blocks. */
  readonly production: PluginReference;
  /** Plugin that finalises blocks which `production` only settles. */
  readonly finality?: PluginReference;
}
