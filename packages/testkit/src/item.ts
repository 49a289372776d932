/**
 * What a requirement of the kit is, and what comes of trying it.
 *
 * @module
 */
import type { KitContext } from './context.ts';

/** Names of the requirements, contract section 12. */
export type ItemId = `CK-${number}`;

/**
 * How much a requirement costs: `rules` pure functions on recorded blocks, under 5 s in all; `engine` whole engines
 * fed by hand, under 30 s; `faults` networks with faults.
 */
export type ConformanceLevel = 'rules' | 'engine' | 'faults';

/** Something that is not as the contract demands. */
export interface Finding {
  /** Rules that are broken, with their specification, e.g. `contract H-17`. */
  readonly rule: string;
  /** What is wrong, in words for the author of the plugin. */
  readonly message: string;
  /** How it came to it, as short as the kit could make it; one step per line. */
  readonly trace: readonly string[];
  /** Seed of the run in which it was seen. */
  readonly seed: number;
}

/** Outcome of one requirement. */
export type ItemOutcome =
  | {
      /** Nothing was found. */
      readonly kind: 'ok';
      /** How much was tried, and what was measured, by name. */
      readonly figures: Readonly<Record<string, number>>;
    }
  | {
      /** The plugin does not meet it. */
      readonly kind: 'failure';
      readonly findings: readonly Finding[];
    }
  | {
      /** It does not concern this plugin, or it needs something that the author did not give. */
      readonly kind: 'skipped';
      readonly reason: string;
    };

/** A requirement that can be tried. */
export interface KitItem {
  readonly id: ItemId;
  /** What is demanded, in one line. */
  readonly title: string;
  readonly level: ConformanceLevel;
  /** Tries it. */
  run(context: KitContext): Promise<ItemOutcome>;
}

/** Findings of one item are alike; more of them do not help. */
const FINDINGS_MAX = 5;

/** Gathers what one item finds and counts what it tried. */
export class Findings {
  readonly #figures: Record<string, number> = {};
  readonly #found: Finding[] = [];
  readonly #known = new Set<string>();

  /** Counts one thing that was tried. */
  count(name: string, amount = 1): void {
    this.#figures[name] = (this.#figures[name] ?? 0) + amount;
  }

  /** Whether enough was found to stop looking. */
  get isFull(): boolean {
    return this.#found.length >= FINDINGS_MAX;
  }

  /** Whether nothing was found. */
  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** Adds a finding; of several with one message the first is kept. */
  add(finding: Finding): void {
    if (this.isFull || this.#known.has(finding.message)) return;
    this.#known.add(finding.message);
    this.#found.push(finding);
  }

  /** What came of it. */
  outcome(): ItemOutcome {
    if (this.#found.length > 0) return { kind: 'failure', findings: this.#found };
    return { kind: 'ok', figures: { ...this.#figures } };
  }
}

/** An outcome for what does not concern a plugin. */
export function skipped(reason: string): ItemOutcome {
  return { kind: 'skipped', reason };
}
