/**
 * Static check of the configured eras (contract H-37): what can never run is refused before it starts.
 *
 * @module
 */
import {
  type ClaimKind,
  type ConsensusHeader,
  type ConsensusPlugin,
  checkPluginFit,
  type Era,
  type EraIndex,
  type FactKind,
  type Handover,
  isConsensusError,
  missingClaims,
  type PluginMisfit,
  type PluginReference,
  protocolId,
  type RulesContext,
  type Validator,
} from '@fiducia/consensus';
import { HostError, reasonOf } from '../errors.ts';
import { callPlugin, guardRules } from './guarded-rules.ts';
import type { ActiveEra, ActivePlugin } from './schedule.ts';

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

const CHAIN_ID_BYTES = 32;

/** Facts that the host itself adds to those of the ledger (contract, section 4, step 8). */
const HOST_FACTS: Readonly<Record<ActivePlugin['role'], readonly FactKind[]>> = {
  production: ['evidence', 'certificate', 'participation'],
  finality: ['evidence', 'certificate', 'participation', 'validators'],
};

/**
 * Checks all eras and makes them ready. What needs the genesis census, the dry run of `initialState`, happens
 * in `start`.
 *
 * @throws {@link HostError} with the code of the first thing that is missing.
 */
export function requireRunnableEras(input: StaticCheckInput): readonly ActiveEra[] {
  const { eras } = input;
  if (input.chainId.length !== CHAIN_ID_BYTES) throw invalidOption('chainId', `must have ${CHAIN_ID_BYTES} bytes`);
  if (eras.length === 0) throw invalidOption('eras', 'names no era');
  const active: ActiveEra[] = [];
  let handover: Handover | null = {
    validators: input.genesisValidators,
    randomness: input.chainId,
    extra: new Map(),
  };
  for (const [index, era] of eras.entries()) {
    const path = `eras.${index}.fromHeight`;
    if (index === 0 && era.fromHeight !== 1) throw invalidOption(path, 'must be 1');
    const previous = active.at(-1);
    if (!Number.isSafeInteger(era.fromHeight) || (previous !== undefined && era.fromHeight <= previous.fromHeight)) {
      throw invalidOption(path, 'must be an integer above that of the era before');
    }
    const next = activateEra(era, index, input);
    requireValidators(next.production, handover);
    handover = staticExport(next, handover);
    active.push(next);
  }
  return active;
}

/**
 * Finds and checks the plugins of one era and creates their rules.
 *
 * @throws {@link HostError} with the code of the first thing that is missing.
 */
export function activateEra(
  era: Era,
  index: EraIndex,
  input: Omit<StaticCheckInput, 'eras' | 'genesisValidators'>,
): ActiveEra {
  const production = activate(era.production, 'production', index, input);
  const gadget = era.finality === undefined ? null : activate(era.finality, 'finality', index, input);
  const { finality } = production.rules;
  // Two sources of finality could contradict each other without anybody misbehaving.
  if (gadget !== null && (finality.kind === 'proof' || gadget.protocol === production.protocol)) {
    throw new HostError({ code: 'GADGET_UNFIT', production: production.plugin.name, gadget: gadget.plugin.name });
  }
  const plugins = gadget === null ? [production] : [production, gadget];
  return { index, fromHeight: era.fromHeight, production, gadget, plugins };
}

/**
 * A plugin that needs validators must get some: from genesis, from the era before, or from its own configuration.
 *
 * @param handover - What it will start from, as far as that is known without a ledger; `null` if it is not.
 */
export function requireValidators({ plugin, config, era }: ActivePlugin, handover: Handover | null): void {
  if (!plugin.requires.validators || namesValidators(config) || handover === null) return;
  if (!hasWeight(handover.validators)) throw new HostError({ code: 'VALIDATORS_MISSING', plugin: plugin.name, era });
}

/**
 * What an era exports whatever the ledger holds. Only rules that read headers alone have such an export, as those of
 * proof of work; of all others it is known once there is a census.
 *
 * @param handover - What the era starts from, as far as known.
 */
export function staticExport({ index, fromHeight, production }: ActiveEra, handover: Handover | null): Handover | null {
  const { facts, rules, protocol } = production;
  if (facts.size > 0) return null;
  const nothing = new Uint8Array();
  const randomness = new Uint8Array(32);
  const parent: ConsensusHeader = {
    id: '',
    parentId: '',
    height: fromHeight - 1,
    timestamp: 0,
    author: '',
    protocol,
    digest: nothing,
    seal: nothing,
    sealHash: randomness,
  };
  const given = handover ?? { validators: [], randomness, extra: new Map() };
  try {
    return rules.exportHandover(rules.initialState({ era: index, parent, handover: given, census: [] }), parent);
  } catch {
    // It cannot start from this; the rehearsal with the real genesis tells why.
    return null;
  }
}

/** Whether somebody in the set counts. */
export function hasWeight(validators: readonly Validator[]): boolean {
  return validators.some(({ weight }) => weight > 0n);
}

/** A configuration names validators in a field `validators` that is a list with entries (contract H-37). */
export function namesValidators(config: unknown): boolean {
  const named = (config as { readonly validators?: unknown } | null | undefined)?.validators;
  return Array.isArray(named) && named.length > 0;
}

function activate(
  reference: PluginReference,
  role: ActivePlugin['role'],
  era: EraIndex,
  input: Omit<StaticCheckInput, 'eras' | 'genesisValidators'>,
): ActivePlugin {
  const plugin = requirePlugin(input.plugins, reference.name);
  requireFit(plugin, role, input);
  const config = parseConfig(plugin, reference.config);
  requireClaims(plugin, config, input);
  const protocol = protocolId(plugin);
  const { chainId, sha256 } = input;
  const rules = guardRules(() => plugin.createRules(config, { chainId, era, protocol, sha256 }), protocol);
  const facts = new Set([...plugin.requires.facts, ...(plugin.requires.optionalFacts ?? [])]);
  return { era, role, plugin, config, reference, protocol, rules, scope: { chainId, era, protocol }, facts };
}

function requirePlugin(plugins: readonly ConsensusPlugin[], name: string): ConsensusPlugin {
  const [plugin, second] = plugins.filter((candidate) => candidate.name === name);
  if (plugin === undefined) throw new HostError({ code: 'PLUGIN_MISSING', plugin: name });
  if (second !== undefined) throw new HostError({ code: 'PLUGIN_AMBIGUOUS', plugin: name });
  return plugin;
}

function requireFit(
  plugin: ConsensusPlugin,
  role: ActivePlugin['role'],
  { provides }: Pick<StaticCheckInput, 'provides'>,
): void {
  const misfit = checkPluginFit(plugin, { role, facts: new Set([...provides, ...HOST_FACTS[role]]) });
  if (misfit !== undefined) throw errorOf(misfit, plugin.name);
}

/**
 * Refuses a plugin of another contract, as {@link createHost} does. For whoever parses configurations before there is
 * a host: what such a plugin says about them means nothing.
 *
 * @throws {@link HostError} with `CONTRACT_MISMATCH`, which says what to install.
 */
export function requireContract(plugin: ConsensusPlugin): void {
  const misfit = checkPluginFit(plugin, { role: plugin.traits.role, facts: new Set(plugin.requires.facts) });
  if (misfit !== undefined) throw errorOf(misfit, plugin.name);
}

function errorOf(misfit: PluginMisfit, plugin: string): HostError {
  switch (misfit.kind) {
    case 'contract': {
      const { contract, expected } = misfit;
      const behind = contract < expected ? 'the plugin' : '@fiducia/host';
      const reason = `install a newer version of ${behind}, or an older one of the other`;
      return new HostError({ code: 'CONTRACT_MISMATCH', plugin, contract, expected, reason });
    }
    case 'role':
      return new HostError({ code: 'ROLE_MISMATCH', plugin, role: misfit.role });
    case 'facts':
      return new HostError({ code: 'FACTS_MISSING', plugin, missing: misfit.missing });
  }
}

function requireClaims(
  plugin: ConsensusPlugin,
  config: unknown,
  { supports }: Pick<StaticCheckInput, 'supports'>,
): void {
  const missing = callPlugin(protocolId(plugin), 'claimsOf', () => missingClaims(plugin, config, supports));
  if (missing.length > 0) throw new HostError({ code: 'CLAIMS_MISSING', plugin: plugin.name, missing });
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
