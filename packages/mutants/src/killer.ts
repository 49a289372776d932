/**
 * Letting somebody look at the code, with a bug or without.
 *
 * @module
 */
import { tryProgram } from './killers/program.ts';
import { tryScenario } from './killers/scenario.ts';
import type { Killer } from './mutant.ts';
import type { Trial } from './trial.ts';

/** Longest time that a killer may take for one bug. */
const KILL_MS_MAX = 600_000;

/**
 * Lets a killer look.
 *
 * @param patchId - Bug to plant; `null` for the code as it is.
 */
export async function tryKiller(
  killer: Killer,
  patchId: string | null,
  timeoutMs: number = KILL_MS_MAX,
): Promise<Trial> {
  return killer.kind === 'scenario' ? tryScenario(killer, patchId, timeoutMs) : tryProgram(killer, patchId, timeoutMs);
}

/** Short name of a killer, for tables. */
export function nameOf(killer: Killer): string {
  switch (killer.kind) {
    case 'scenario': {
      const [packageName = ''] = killer.file.split('/', 1);
      return `test of ${packageName}: ${killer.title}`;
    }
    case 'simulate': {
      const { subject, invariants, profile } = killer;
      return `fault seeds of ${subject}, ${profile}: ${invariants === 'all' ? 'all invariants' : `${invariants} alone`}`;
    }
    case 'twins':
      return `Twins of ${killer.subject}`;
    case 'kit':
      return `kit, ${killer.item} alone, on ${killer.subject}`;
  }
}
