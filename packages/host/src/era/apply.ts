/**
 * A block as the plugins of its era see it: directives before, states after (contract, section 4).
 *
 * @module
 */
import {
  type ConsensusHeader,
  type Directive,
  type Evidence,
  type Fact,
  type HeaderContext,
  LIMITS,
  type Tip,
  type Validator,
} from '@fiducia/consensus';
import { pluginDefect } from './guarded-rules.ts';
import { type ActiveEra, type ActivePlugin, type EraTips, tipFor } from './schedule.ts';

const NO_DIRECTIVES: readonly Directive[] = [];

/** Directives of production, then of the gadget, each for the evidence that it answers for (contract, section 4, step 6). */
export function directivesFor(
  era: ActiveEra,
  ground: EraTips,
  context: HeaderContext,
  evidence: readonly Evidence[],
): readonly Directive[] {
  const { production, gadget } = era;
  const own = directivesOf(production, era, ground, context, evidence);
  const all = gadget === null ? own : [...own, ...directivesOf(gadget, era, ground, context, evidence)];
  if (all.length > LIMITS.directivesPerBlock) {
    throw pluginDefect(era.production.protocol, 'directives', `too many directives: ${all.length}`);
  }
  return all;
}

function directivesOf(
  active: ActivePlugin,
  era: ActiveEra,
  ground: EraTips,
  context: HeaderContext,
  evidence: readonly Evidence[],
): readonly Directive[] {
  const own = evidence.length === 0 ? evidence : evidence.filter((item) => chargedBy(era, item) === active);
  return active.rules.directives?.(tipFor(ground, active).state, context, own) ?? NO_DIRECTIVES;
}

/** Nobody pays twice for one offence: votes of the gadget are its business, everything else is that of production. */
function chargedBy({ production, gadget }: ActiveEra, { protocol }: Evidence): ActivePlugin {
  return gadget?.protocol === protocol ? gadget : production;
}

/**
 * States after a block; siblings share the ground they are applied to (contract H-25). The gadget learns of the
 * validators of the production plugin whenever they change (contract, section 4, step 9).
 */
export function applyBlock(era: ActiveEra, ground: EraTips, header: ConsensusHeader, facts: readonly Fact[]): EraTips {
  const { production, gadget } = era;
  const tip = applyWith(production, ground, header, facts);
  if (gadget === null) return { era: era.index, tip, gadget: null };
  const before = production.rules.validators(tipFor(ground, production).state);
  const validators = production.rules.validators(tip.state);
  // The set that a ledger names is for the production plugin; a gadget follows what that plugin makes of it.
  const told = facts.filter(({ kind }) => kind !== 'validators');
  if (!isSameSet(before, validators)) told.push({ kind: 'validators', validators });
  return { era: era.index, tip, gadget: applyWith(gadget, ground, header, told) };
}

/** Facts that some plugin of the era gets: what must be kept beside the block. */
export function factsKept(era: ActiveEra, facts: readonly Fact[]): readonly Fact[] {
  if (facts.length === 0) return facts;
  const plugins = era.plugins;
  return facts.filter(({ kind }) => plugins.some((active) => active.facts.has(kind)));
}

function applyWith(
  active: ActivePlugin,
  ground: EraTips,
  header: ConsensusHeader,
  facts: readonly Fact[],
): Tip<unknown> {
  const { rules } = active;
  const { state, totalWeight } = tipFor(ground, active);
  const wanted = facts.length === 0 ? facts : facts.filter(({ kind }) => active.facts.has(kind));
  return {
    header,
    state: rules.applyHeader(state, header, wanted),
    totalWeight: totalWeight + (rules.branchWeight?.(state, header) ?? 1n),
  };
}

function isSameSet(a: readonly Validator[], b: readonly Validator[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every(({ id, weight, publicKey }, index) => {
    const other = b[index];
    return other !== undefined && id === other.id && weight === other.weight && isSameKey(publicKey, other.publicKey);
  });
}

function isSameKey(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
