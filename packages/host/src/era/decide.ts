/**
 * Carries out announcements of eras once they are final (contract H-36).
 *
 * @module
 */
import type { Era, EraIndex } from '@fiducia/consensus';
import { isHostError } from '../errors.ts';
import type { HostEventHub } from '../events.ts';
import type { AnnouncedEra } from './announcement.ts';
import type { ActiveEra, EraSchedule } from './schedule.ts';
import { requireValidators, staticExport } from './static-check.ts';

/** Makes an era ready. @throws HostError naming what is missing. */
export type ActivateEra = (era: Era, index: EraIndex) => ActiveEra;

/** Failures of this node rather than of the announcement: others may well be able to go on. */
const LACKING = ['PLUGIN_MISSING', 'PLUGIN_AMBIGUOUS', 'CONTRACT_MISMATCH', 'CLAIMS_MISSING'] as const;

/**
 * Schedules the eras of a final branch. One that no node could run is ignored, as if it had never been announced;
 * one that this node cannot run ends its chain at the border, and it says so at once.
 */
export function decideEras(
  eras: EraSchedule,
  announced: readonly AnnouncedEra[],
  activate: ActivateEra,
  events: HostEventHub,
): void {
  for (const { era, text } of eras.undecided(announced)) {
    try {
      const next = activate(era, eras.last.index + 1);
      requireValidators(next.production, staticExport(eras.last, null));
      eras.add(next);
      eras.decide(null);
      events.emit('eraScheduled', { era });
    } catch (thrown) {
      if (!isHostError(thrown) || thrown.data.code === 'INVARIANT_BROKEN') throw thrown;
      const isLacking = LACKING.some((code) => thrown.data.code === code);
      eras.decide(isLacking ? era.fromHeight : null);
      if (isLacking) events.emit('eraUnsupported', { era, error: thrown });
      else events.trace('ERA_IGNORED', { announcement: text, code: thrown.data.code, reason: thrown.message });
    }
  }
}
