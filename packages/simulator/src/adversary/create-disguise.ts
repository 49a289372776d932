/**
 * Strategies by name.
 *
 * @module
 */
import type { ProcessFault } from './byzz-fuzz.ts';
import type { Disguise, DisguiseOptions, StrategyName } from './disguise.ts';
import { createEquivocate } from './equivocation.ts';
import { createLieInSync } from './lying.ts';
import { Machine } from './machine.ts';
import { createMutate } from './mutating.ts';
import { createFlood, createReplay } from './noise.ts';
import { createGrind, createOldBackup } from './own-signatures.ts';
import { createCensor, createGrief, createTrustFarming } from './partiality.ts';
import { createReseal } from './resealing.ts';
import { createDelayVotes, createSelfish, createWithhold } from './withholding.ts';

/**
 * Creates the disguise of one Byzantine machine.
 *
 * Everything left to chance is drawn from `options.random`, so equal options and an equal run give equal deeds.
 *
 * @param options - What the strategy needs of the run; `faults` only concerns `mutate`.
 * @see docs/spec/simulation.md, section 5.
 * @example
 * ```ts
 * const disguise = createDisguise('mutate', {
 *   name: 'eve',
 *   random: simulation.random('adversary/3'),
 *   slotMs: 1_000,
 *   nodes: ['ada', 'ben', 'cleo', 'eve'],
 *   createSigner: () => crypto.createSigner('eve'),
 *   faults: [{ at: 4_000, until: 5_000, recipients: ['ada'], mutation: { kind: 'number', place: 1, delta: 1 } }],
 * });
 * ```
 */
export function createDisguise(
  strategy: StrategyName,
  options: DisguiseOptions & {
    /** What `mutate` changes when; drawn if absent. */
    readonly faults?: readonly ProcessFault[];
  },
): Disguise {
  const machine = new Machine(options);
  return strategy === 'mutate' ? createMutate(machine, options.faults) : CREATORS[strategy](machine);
}

const CREATORS: Readonly<Record<Exclude<StrategyName, 'mutate'>, (machine: Machine) => Disguise>> = {
  equivocate: createEquivocate,
  withhold: createWithhold,
  selfish: createSelfish,
  delayVotes: createDelayVotes,
  censor: createCensor,
  grief: createGrief,
  lieInSync: createLieInSync,
  flood: createFlood,
  replay: createReplay,
  oldBackup: createOldBackup,
  grind: createGrind,
  trustFarming: createTrustFarming,
  reseal: createReseal,
};
