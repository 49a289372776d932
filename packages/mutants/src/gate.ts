/**
 * The gate: every killer looks at its bug, and at the code without it.
 *
 * @module
 */
import { tryKiller } from './killer.ts';
import type { Killer, Patch } from './mutant.ts';
import type { Trial } from './trial.ts';

/** What one killer made of one bug. */
export interface Finding {
  readonly killer: Killer;
  readonly trial: Trial;
  /** Whether it finds nothing wrong in the code without the bug; only asked if it noticed something with it. */
  readonly isClean: boolean;
  /** Wall-clock time with the bug. */
  readonly seconds: number;
}

/** What became of one patch. */
export interface PatchResult {
  readonly patch: Patch;
  readonly findings: readonly Finding[];
}

/** Whether a killer noticed the bug, and nothing where there is none. */
export function isKill({ trial, isClean }: Finding): boolean {
  return trial.kind === 'killed' && isClean;
}

/** Whether anybody noticed the bug. */
export function isKilled({ findings }: PatchResult): boolean {
  return findings.some(isKill);
}

/** Runs killers, each once on the code without a bug. */
export class Gate {
  readonly #clean = new Map<string, Promise<boolean>>();

  /** Lets all killers of a patch look at it, or only as many as it takes. */
  async run(patch: Patch, options: { readonly stopsAtFirst: boolean }): Promise<PatchResult> {
    const findings: Finding[] = [];
    for (const killer of patch.killers) {
      const started = performance.now();
      const trial = await tryKiller(killer, patch.id);
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      const finding: Finding = {
        killer,
        trial,
        seconds,
        isClean: trial.kind !== 'killed' || (await this.#isClean(upTo(killer, trial))),
      };
      findings.push(finding);
      if (options.stopsAtFirst && isKill(finding)) break;
    }
    return { patch, findings };
  }

  #isClean(killer: Killer): Promise<boolean> {
    const key = JSON.stringify(killer);
    const known = this.#clean.get(key) ?? tryKiller(killer, null).then(({ kind }) => kind === 'survived');
    this.#clean.set(key, known);
    return known;
  }
}

/** A killer with what it tried until it noticed; after that the code without the bug need not be looked at. */
function upTo(killer: Killer, trial: Trial): Killer {
  const to = trial.kind === 'killed' ? trial.found : undefined;
  if (to === undefined) return killer;
  switch (killer.kind) {
    case 'scenario':
      return killer;
    case 'simulate':
    case 'kit':
      return { ...killer, seeds: { from: killer.seeds.from, to } };
    case 'twins':
      return { ...killer, positions: { from: killer.positions.from, to } };
  }
}
