/**
 * Promotions: standby for delegates that miss too often (pos-pow P4).
 *
 * @module
 */
import { compareActors, floorDivide } from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { candidateOf } from './electorate.ts';
import type { MissRecords } from './misses.ts';
import { membersIn } from './schedule.ts';
import type { ActiveEpoch, Electorate, Promotion, Round } from './state.ts';

/** Most promotions of one epoch, so that a partition cannot replace a majority (pos-pow P4). */
export function promotionsMax({ election }: Pick<ActiveEpoch, 'election'>): number {
  return floorDivide(election.delegates.length - 1, 3);
}

/**
 * Promotions of the epoch after the boundary before `round`: they serve from the round after it. Those who were
 * ejected are replaced first, then those who missed too much, each by address.
 *
 * @param records - Misses up to the end of the round before.
 * @returns The same list if nobody is replaced.
 * @see docs/spec/pos-pow.md, rules P2 and P4.
 */
export function promote(
  epoch: ActiveEpoch,
  round: Round,
  records: MissRecords,
  electorate: Electorate,
  config: DposConfig,
): readonly Promotion[] {
  const fromRound = round + 1;
  if (fromRound >= epoch.firstRound + config.epochRounds) return epoch.promotions;
  const statusOf = (actor: string) => candidateOf(electorate, actor)?.status;
  const members = membersIn(epoch, fromRound).toSorted(compareActors);
  const ejected = members.filter((actor) => statusOf(actor) === 'EJECTED');
  const absent = members.filter(
    (actor) => statusOf(actor) !== 'EJECTED' && (records.get(actor)?.misses ?? 0) >= config.missMax,
  );
  const taken = new Set(epoch.promotions.map(({ promoted }) => promoted));
  const ready = epoch.election.standby.filter((actor) => !taken.has(actor) && statusOf(actor) === 'ACTIVE');

  const left = Math.min(promotionsMax(epoch) - epoch.promotions.length, ready.length);
  const added = [...ejected, ...absent].slice(0, left).flatMap((suspended, position): Promotion[] => {
    const promoted = ready[position];
    return promoted === undefined ? [] : [{ suspended, promoted, fromRound }];
  });
  return added.length === 0 ? epoch.promotions : [...epoch.promotions, ...added];
}
