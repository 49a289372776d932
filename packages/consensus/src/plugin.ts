/**
 * The plugin value: traits, requirements and factories.
 *
 * @module
 */
import type { DirectiveKind } from './directive.ts';
import type { ConsensusEngine } from './engine.ts';
import type { EraStart } from './era.ts';
import { ConsensusError } from './errors.ts';
import type { FactKind } from './fact.ts';
import { type ActorId, type Bytes, CONTRACT_VERSION, type EraIndex, type ProtocolId } from './primitives.ts';
import type { ConsensusRules } from './rules.ts';
import type { ClaimKind } from './verdict.ts';

/** A pure, synchronous SHA-256. */
export type HashFunction = (data: Bytes) => Bytes;

/** What the host lends to rules; there is nothing else that they may use (contract H-15). */
export interface RulesContext {
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** Era the rules are created for. */
  readonly era: EraIndex;
  /** {@link protocolId} of the plugin. */
  readonly protocol: ProtocolId;
  /** SHA-256, for schedules and identifiers. Signatures and VRFs are claims, not calls. */
  readonly sha256: HashFunction;
}

/** What the host lends to an engine. */
export interface EngineContext extends RulesContext {
  /** Identity this node signs as; `null` for an observer, which may only gather and trace. */
  readonly self: ActorId | null;
}

/** Fraction of weight or power that may misbehave while the promises hold: strictly less than it. */
export interface FaultTolerance {
  /** What the faulty part may do. */
  readonly kind: 'none' | 'crash' | 'byzantine' | 'hashPower';
  /** Upper part of the fraction, at least 0. */
  readonly numerator: number;
  /** Lower part of the fraction, at least 1. */
  readonly denominator: number;
}

/** What a plugin promises. The conformance kit checks that behaviour matches. */
export interface PluginTraits {
  /** Whether the plugin produces blocks or finalises blocks of others. */
  readonly role: 'production' | 'finality';
  /**
   * How authors are chosen. `slot`: each slot has one, known from the state before it, and blocks of others are refused;
   * `round`: one per attempt at a height; `lottery`: whoever finds a seal; `none` for a finality gadget.
   */
  readonly leader: 'slot' | 'round' | 'lottery' | 'none';
  /** `instant`: proof with every block; `checkpoint`: proofs follow; `settle`: only by depth. */
  readonly finality: 'instant' | 'checkpoint' | 'settle';
  /** Whether honest nodes may ever reorganise. False if and only if finality is `instant`. */
  readonly forks: boolean;
  /** Tolerated faults. */
  readonly faults: FaultTolerance;
}

/** What a plugin needs from its surroundings; missing needs are refused at configuration time. */
export interface PluginRequirements {
  /** Facts that influence the state. Empty means that headers alone suffice to follow the chain. */
  readonly facts: readonly FactKind[];
  /**
   * Facts that influence the state where the ledger can produce them, and that simply never occur where it
   * cannot: governed parameters, registered keys. Delivered like {@link PluginRequirements.facts}, but their
   * absence is no reason to refuse a ledger.
   */
  readonly optionalFacts?: readonly FactKind[];
  /** Claims that the rules may make. */
  readonly claims: readonly ClaimKind[];
  /** Directives that the rules may emit. */
  readonly directives: readonly DirectiveKind[];
  /**
   * Whether {@link EraStart.handover} must contain at least one validator of positive weight, unless the parsed
   * configuration has a list `validators` with entries.
   */
  readonly validators: boolean;
}

/**
 * A consensus protocol, as a value.
 *
 * A plugin is usually built by a factory such as `dtDpos(options)`. It holds no state of its own;
 * one plugin object can serve any number of nodes in one process.
 */
export interface ConsensusPlugin<Config = unknown, State = unknown> {
  /** Registry name: lower-case letters, digits and hyphens; 1 to 32 characters. */
  readonly name: string;
  /** Semantic version. The major number changes whenever any rule changes meaning. */
  readonly version: `${number}.${number}.${number}`;
  /** Always {@link CONTRACT_VERSION}. */
  readonly contract: 1;
  /** What it promises. */
  readonly traits: PluginTraits;
  /** What it needs. */
  readonly requires: PluginRequirements;
  /**
   * Checks a configuration and fills in defaults. The result is immutable and part of the chain's
   * identity: equal inputs give equal outputs.
   * @throws {@link ConsensusError} with `INVALID_CONFIG` and the path of the offending field.
   */
  parseConfig(raw: unknown): Config;
  /**
   * Claims out of {@link PluginRequirements.claims} that a chain with this configuration can make, so that a crypto
   * port need not check what nobody will claim. Absent: all of them. Total, deterministic.
   */
  claimsOf?(config: Config): readonly ClaimKind[];
  /** Creates the pure half. Total for every parsed configuration. */
  createRules(config: Config, context: RulesContext): ConsensusRules<State>;
  /** Creates the active half. Absent if the protocol is only followed, not run, by this package. */
  createEngine?(config: Config, rules: ConsensusRules<State>, context: EngineContext): ConsensusEngine<State>;
}

/**
 * Checks the static parts of a plugin and returns it unchanged, with inferred types.
 *
 * @throws {@link ConsensusError} with `INVALID_PLUGIN`.
 * @example
 * ```ts fragment
 * export function roundRobin(): ConsensusPlugin<RoundRobinConfig, RoundRobinState> {
 *   return definePlugin({ name: 'round-robin', version: '1.0.0', contract: CONTRACT_VERSION, ...parts });
 * }
 * ```
 */
export function definePlugin<Config, State>(plugin: ConsensusPlugin<Config, State>): ConsensusPlugin<Config, State> {
  const { name, version, traits, requires } = plugin;
  const requireThat = (condition: boolean, reason: string): void => {
    if (!condition) throw new ConsensusError({ code: 'INVALID_PLUGIN', plugin: name, reason });
  };
  requireThat(NAME.test(name), 'name must match [a-z][a-z0-9-]{0,31}');
  requireThat(VERSION.test(version), 'version must be major.minor.patch without leading zeros');
  const { contract }: { readonly contract: number } = plugin;
  requireThat(
    contract === CONTRACT_VERSION,
    `it is for contract ${contract} and this version of @fiducia/consensus for ${CONTRACT_VERSION}: install one that fits`,
  );
  requireThat(traits.forks === (traits.finality !== 'instant'), 'forks must be false exactly for instant finality');
  requireThat(
    (traits.role === 'finality') === (traits.leader === 'none'),
    'leader must be none exactly for role finality',
  );
  const { kind, numerator, denominator } = traits.faults;
  const isFraction = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator) && denominator > 0;
  requireThat(isFraction && numerator >= 0 && numerator <= denominator, 'faults must be a fraction from 0 to 1');
  requireThat((kind === 'none') === (numerator === 0), 'faults must be 0 exactly for kind none');
  const facts = [...requires.facts, ...(requires.optionalFacts ?? [])];
  requireThat(new Set(facts).size === facts.length, 'each fact must be listed once, as required or as optional');
  return plugin;
}

/** Protocol identity of a plugin, e.g. `pow@1`. */
export function protocolId(plugin: Pick<ConsensusPlugin, 'name' | 'version'>): ProtocolId {
  return `${plugin.name}@${Number.parseInt(plugin.version, 10)}`;
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
// At most nine digits, so that the major number survives every integer type a protocol id passes through.
const VERSION = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;
