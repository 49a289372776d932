/**
 * State before the first block of an era (contract H-33, H-37).
 *
 * @module
 */
import type { ConsensusHeader, Fact, FactKind, Handover, Tip, Validator } from '@fiducia/consensus';
import type { Block, ChainPort } from '@fiducia/consensus/ports';
import { HostError, isHostError, reasonOf } from '../errors.ts';
import type { ActiveEra, ActivePlugin, EraSchedule, EraTips } from './schedule.ts';
import { hasWeight, namesValidators } from './static-check.ts';

/** What the plugins of an era start from. */
export interface EraOrigin {
  /** Last block before the era. */
  readonly parent: ConsensusHeader;
  /** Export of the production plugin before, or the genesis handover. */
  readonly handover: Handover;
  /** Facts of all kinds that the plugins of the era want. */
  readonly census: Iterable<Fact>;
}

/** Kinds that the census of an era is asked for. */
export function censusKinds(era: ActiveEra, provides: ReadonlySet<FactKind>): readonly FactKind[] {
  const wanted = new Set(era.plugins.flatMap(({ facts }) => [...facts]));
  return [...wanted].filter((kind) => provides.has(kind));
}

/** What genesis hands to the first era. */
function genesisHandover(era: ActiveEra, validators: readonly Validator[]): Handover {
  return { validators, randomness: era.production.scope.chainId, extra: new Map() };
}

/** What an era hands over after a block: the export of its production plugin, and what only its gadget names. */
export function handoverAfter(era: ActiveEra, tips: EraTips): Handover {
  const { header, state } = tips.tip;
  const handover = era.production.rules.exportHandover(state, header);
  if (era.gadget === null || tips.gadget === null) return handover;
  const { extra } = era.gadget.rules.exportHandover(tips.gadget.state, header);
  return { ...handover, extra: new Map([...extra, ...handover.extra]) };
}

/**
 * Starts the plugins of an era. A gadget gets the validators that the production plugin starts with, because
 * it will hear of their changes only.
 *
 * @throws {@link HostError} with `VALIDATORS_MISSING` or `HANDOVER_INVALID`.
 */
export function openEra(era: ActiveEra, origin: EraOrigin): EraTips {
  const tip = start(era.production, origin);
  if (era.gadget === null) return { era: era.index, tip, gadget: null };
  const elected = era.production.rules.validators(tip.state);
  const validators = elected.length > 0 ? elected : origin.handover.validators;
  const gadget = start(era.gadget, { ...origin, handover: { ...origin.handover, validators } });
  return { era: era.index, tip, gadget };
}

/**
 * Executes genesis, hands its census to the first era and returns what every branch starts from.
 *
 * @throws {@link HostError} with `VALIDATORS_MISSING` or `HANDOVER_INVALID` if the era cannot start from it.
 */
export async function openGenesis(
  chain: ChainPort,
  genesis: Block,
  era: ActiveEra,
  validators: readonly Validator[],
): Promise<EraTips> {
  const census = await genesisCensus(chain, genesis, era);
  return openEra(era, { parent: genesis.header, handover: genesisHandover(era, validators), census });
}

/**
 * Starts every later era from what the one before exports right after its own start (contract H-37), so
 * that a handover which cannot work is found before the first block and not at the border.
 *
 * @param first - Tips of the first era at genesis.
 * @throws {@link HostError} with `VALIDATORS_MISSING` or `HANDOVER_INVALID`.
 */
export async function rehearseEras(chain: ChainPort, genesis: Block, eras: EraSchedule, first: EraTips): Promise<void> {
  let previous = eras.at(0);
  let tips = first;
  for (const era of eras.all.slice(1)) {
    const height = era.fromHeight - 1;
    const parent: ConsensusHeader = { ...genesis.header, height, protocol: previous.production.protocol };
    const handover = handoverAfter(previous, { ...tips, tip: { ...tips.tip, header: parent } });
    const census = await genesisCensus(chain, genesis, era);
    tips = openEra(era, { parent, handover, census });
    previous = era;
  }
}

async function genesisCensus(chain: ChainPort, genesis: Block, era: ActiveEra): Promise<Iterable<Fact>> {
  const census = censusKinds(era, chain.provides);
  const execution = await chain.execute(genesis, { directives: [], census });
  if (execution.kind === 'executed') return execution.census ?? [];
  const code = execution.kind === 'invalid' ? execution.code : 'its state is gone';
  throw new HostError({ code: 'STORE_CORRUPT', reason: `genesis cannot be executed: ${code}` });
}

function start(active: ActivePlugin, { parent, handover, census }: EraOrigin): Tip<unknown> {
  const { plugin, rules, era, config, facts } = active;
  if (plugin.requires.validators && !hasWeight(handover.validators) && !namesValidators(config)) {
    throw new HostError({ code: 'VALIDATORS_MISSING', plugin: plugin.name, era });
  }
  try {
    const state = rules.initialState({ era, parent, handover, census: ofKinds(census, facts) });
    return { header: parent, state, totalWeight: 0n };
  } catch (thrown) {
    if (isHostError(thrown)) throw thrown;
    throw new HostError({ code: 'HANDOVER_INVALID', plugin: plugin.name, era, reason: reasonOf(thrown) }, thrown);
  }
}

function ofKinds(census: Iterable<Fact>, kinds: ReadonlySet<FactKind>): Iterable<Fact> {
  return {
    *[Symbol.iterator]() {
      for (const fact of census) if (kinds.has(fact.kind)) yield fact;
    },
  };
}
