/**
 * Whether a plugin can run in a place: the part of the static check that needs nothing but the plugin and what
 * surrounds it (contract H-37).
 *
 * @module
 */
import type { FactKind } from './fact.ts';
import type { ConsensusPlugin, PluginTraits } from './plugin.ts';
import { CONTRACT_VERSION } from './primitives.ts';
import type { ClaimKind } from './verdict.ts';

/** Where a plugin is to run. */
export interface PluginPlace {
  /** What it is to do there. */
  readonly role: PluginTraits['role'];
  /** Kinds of facts that it will be told: those of the chain, and those that whoever drives it adds. */
  readonly facts: ReadonlySet<FactKind>;
}

/** Why a plugin cannot run in a place. */
export type PluginMisfit =
  /** It was built for another contract than this package. */
  | { readonly kind: 'contract'; readonly contract: number; readonly expected: number }
  /** It does something else. */
  | { readonly kind: 'role'; readonly role: PluginTraits['role'] }
  /** Nobody tells it these facts. */
  | { readonly kind: 'facts'; readonly missing: readonly FactKind[] };

/**
 * Checks a plugin against a place. Ask before its configuration is parsed: a plugin of another contract may fail there
 * for reasons that say nothing.
 *
 * @returns `undefined` if it fits.
 * @see docs/spec/contract.md, rule H-37.
 */
export function checkPluginFit(
  plugin: Pick<ConsensusPlugin, 'contract' | 'traits' | 'requires'>,
  place: PluginPlace,
): PluginMisfit | undefined {
  const contract: number = plugin.contract;
  if (contract !== CONTRACT_VERSION) return { kind: 'contract', contract, expected: CONTRACT_VERSION };
  const { role } = plugin.traits;
  if (role !== place.role) return { kind: 'role', role };
  const missing = plugin.requires.facts.filter((kind) => !place.facts.has(kind));
  return missing.length > 0 ? { kind: 'facts', missing } : undefined;
}

/**
 * Kinds of claims that the plugin makes under a configuration and nobody checks.
 *
 * @param config - Parsed configuration.
 * @param supports - What the crypto port checks.
 * @see docs/spec/contract.md, rule H-37.
 */
export function missingClaims<Config>(
  plugin: Pick<ConsensusPlugin<Config>, 'claimsOf' | 'requires'>,
  config: Config,
  supports: ReadonlySet<ClaimKind>,
): readonly ClaimKind[] {
  const claims = plugin.claimsOf?.(config) ?? plugin.requires.claims;
  return claims.filter((kind) => !supports.has(kind));
}
