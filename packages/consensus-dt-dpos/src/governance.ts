/**
 * Governed parameters: values that `parameter` facts change at an epoch boundary (trust T2).
 *
 * @module
 */
import { tryDecode } from '@fiducia/consensus';
import { type DtDposConfig, requireConfig } from './config.ts';
import type { GovernedParameter } from './state.ts';

/** Prefix of the names of `parameter` facts that are for this plugin. */
export const PARAMETER_PREFIX = 'dt-dpos/';

/**
 * What may change on a running chain. Everything else gives a stored value its meaning: slots and
 * epochs would shift, windows and bases would no longer fit their bounds, and an offence that was
 * forgotten as too old could be punished again.
 */
const GOVERNABLE: ReadonlySet<string> = new Set([
  'committee.size',
  'depositMin',
  'depositTarget',
  'blockReward',
  'slash.invalidHeader',
  'slash.equivocation',
  'jailBaseEpochs',
  'trust.mu2',
  'trust.trustReward',
  'trust.trustRewardBlock',
  'trust.penaltyMalicious',
  'trust.penaltyMiss',
  'trust.decayT',
  'trust.decayN',
  'trust.voteSaturation',
]);

const VALUE_FORM = /^(0|[1-9]\d{0,38})$/;

/** Name without prefix if `parameter` facts may set it, otherwise `undefined`. */
export function governedName(factName: string, value: string): string | undefined {
  if (!factName.startsWith(PARAMETER_PREFIX) || !VALUE_FORM.test(value)) return undefined;
  const name = factName.slice(PARAMETER_PREFIX.length);
  return GOVERNABLE.has(name) ? name : undefined;
}

/**
 * Adds changes to the parameters in force. Either all of them or none: a set that breaks the bounds
 * of the configuration together is dropped, since `applyHeader` cannot refuse it.
 */
export function withParameters(
  base: DtDposConfig,
  inForce: readonly GovernedParameter[],
  changes: readonly GovernedParameter[],
): readonly GovernedParameter[] {
  const values = new Map([...inForce, ...changes].map(({ name, value }) => [name, value]));
  const parameters = [...values].map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const isValid = tryDecode(() => requireConfig(configInForce(base, parameters))) !== undefined;
  return isValid ? parameters : inForce;
}

/** The configuration with governed parameters put in. */
export function configInForce(base: DtDposConfig, parameters: readonly GovernedParameter[]): DtDposConfig {
  return parameters.reduce((config, { name, value }) => withValue(config, name.split('.'), value), base);
}

function withValue<T extends object>(target: T, [key = '', ...rest]: readonly string[], value: string): T {
  const old: unknown = (target as Record<string, unknown>)[key];
  if (typeof old === 'object' && old !== null) return { ...target, [key]: withValue(old, rest, value) };
  return { ...target, [key]: typeof old === 'bigint' ? BigInt(value) : Number(value) };
}
