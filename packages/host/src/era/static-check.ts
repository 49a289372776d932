/**
 * Static check of the configured eras (contract H-37): what can never run is refused before it starts.
 *
 * @module
 */
import {
  type ClaimKind,
  CONTRACT_VERSION,
  type ConsensusPlugin,
  type Era,
  type FactKind,
  isConsensusError,
  protocolId,
  type RulesContext,
  type Validator,
} from '@fiducia/consensus';
import { HostError, reasonOf } from '../errors.ts';
import { guardRules } from './guarded-rules.ts';
import type { ActiveEra } from './schedule.ts';

/** What the check needs to know about the surroundings. */
export interface StaticCheckInput {
  readonly eras: readonly Era[];
  readonly plugins: readonly ConsensusPlugin[];
  /** What the ledger produces. */
  readonly provides: ReadonlySet<FactKind>;
  /** What the crypto port checks. */
  readonly supports: ReadonlySet<ClaimKind>;
  readonly chainId: RulesContext['chainId'];
  readonly sha256: RulesContext['sha256'];
  readonly genesisValidators: readonly Validator[];
}

/** Facts that the host itself adds to those of the ledger (contract, section 4, step 8). */
const HOST_FACTS: readonly FactKind[] = ['evidence', 'certificate', 'participation'];

/**
 * Checks the eras and makes the first one ready. The dry run of `initialState` needs the genesis
 * census and therefore happens in `start`.
 *
 * @throws {@link HostError} with the code of the first thing that is missing.
 */
export function requireRunnableEra(input: StaticCheckInput): ActiveEra {
  const era = requireSingleEra(input.eras);
  const plugin = requirePlugin(input.plugins, era.production.name);
  requireFit(plugin, input);

  const config = parseConfig(plugin, era.production.config);
  const context: RulesContext = {
    chainId: input.chainId,
    era: 0,
    protocol: protocolId(plugin),
    sha256: input.sha256,
  };
  const rules = guardRules(() => plugin.createRules(config, context), context.protocol);
  if (rules.finality.kind === 'proof') {
    const { attached } = rules.finality;
    throw new HostError({ code: 'PROOF_FINALITY_UNSUPPORTED', plugin: plugin.name, attached });
  }
  return {
    index: 0,
    fromHeight: era.fromHeight,
    plugin,
    config,
    protocol: context.protocol,
    rules,
    scope: { chainId: input.chainId, era: 0, protocol: context.protocol },
    facts: new Set([...plugin.requires.facts, ...(plugin.requires.optionalFacts ?? [])]),
  };
}

function requireSingleEra(eras: readonly Era[]): Era {
  const [era] = eras;
  if (era === undefined) throw invalidOption('eras', 'names no era');
  if (eras.length > 1) throw new HostError({ code: 'ERA_SWITCH_UNSUPPORTED', eras: eras.length });
  if (era.fromHeight !== 1) throw invalidOption('eras.0.fromHeight', 'must be 1');
  if (era.finality !== undefined) throw new HostError({ code: 'GADGET_UNSUPPORTED', plugin: era.finality.name });
  return era;
}

function requirePlugin(plugins: readonly ConsensusPlugin[], name: string): ConsensusPlugin {
  const [plugin, second] = plugins.filter((candidate) => candidate.name === name);
  if (plugin === undefined) throw new HostError({ code: 'PLUGIN_MISSING', plugin: name });
  if (second !== undefined) throw new HostError({ code: 'PLUGIN_AMBIGUOUS', plugin: name });
  return plugin;
}

function requireFit(plugin: ConsensusPlugin, input: StaticCheckInput): void {
  const { name, contract, traits, requires } = plugin;
  if (contract !== CONTRACT_VERSION) throw new HostError({ code: 'CONTRACT_MISMATCH', plugin: name, contract });
  if (traits.role !== 'production') throw new HostError({ code: 'ROLE_MISMATCH', plugin: name, role: traits.role });

  const facts = requires.facts.filter((kind) => !input.provides.has(kind) && !HOST_FACTS.includes(kind));
  if (facts.length > 0) throw new HostError({ code: 'FACTS_MISSING', plugin: name, missing: facts });
  const claims = requires.claims.filter((kind) => !input.supports.has(kind));
  if (claims.length > 0) throw new HostError({ code: 'CLAIMS_MISSING', plugin: name, missing: claims });
  if (requires.validators && !input.genesisValidators.some((validator) => validator.weight > 0n)) {
    throw new HostError({ code: 'VALIDATORS_MISSING', plugin: name });
  }
}

function parseConfig(plugin: ConsensusPlugin, raw: unknown): unknown {
  try {
    return plugin.parseConfig(raw);
  } catch (thrown) {
    const data = isConsensusError(thrown, 'INVALID_CONFIG') ? thrown.data : undefined;
    const path = data?.code === 'INVALID_CONFIG' ? data.path : '';
    throw new HostError({ code: 'CONFIG_INVALID', plugin: plugin.name, path, reason: reasonOf(thrown) }, thrown);
  }
}

function invalidOption(path: string, reason: string): HostError {
  return new HostError({ code: 'INVALID_OPTIONS', path, reason });
}
