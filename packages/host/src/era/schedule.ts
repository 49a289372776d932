/**
 * Which plugins govern which height.
 *
 * @module
 */
import type {
  ConsensusPlugin,
  ConsensusRules,
  EraIndex,
  FactKind,
  Height,
  PluginReference,
  ProtocolId,
  Tip,
} from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { assertInvariant } from '../errors.ts';
import type { HostRefusal } from '../refusals.ts';
import type { AnnouncedEra } from './announcement.ts';

/** A plugin at its place in an era: configuration parsed, rules created. */
export interface ActivePlugin {
  readonly era: EraIndex;
  readonly role: 'production' | 'finality';
  readonly plugin: ConsensusPlugin;
  readonly config: unknown;
  /** What the era says: the configuration as it was before it was parsed. */
  readonly reference: PluginReference;
  readonly protocol: ProtocolId;
  readonly rules: ConsensusRules<unknown>;
  /** Where signatures of this plugin are valid (contract, section 7). */
  readonly scope: SigningScope;
  /** Facts the plugin gets; all others are withheld. */
  readonly facts: ReadonlySet<FactKind>;
}

/** An era with its plugins made ready. */
export interface ActiveEra {
  readonly index: EraIndex;
  readonly fromHeight: Height;
  readonly production: ActivePlugin;
  readonly gadget: ActivePlugin | null;
  /** Both, production first. */
  readonly plugins: readonly ActivePlugin[];
}

/** What the plugins of one era know after a block. */
export interface EraTips {
  readonly era: EraIndex;
  /** For the production plugin. */
  readonly tip: Tip<unknown>;
  /** For the gadget, if the era has one. */
  readonly gadget: Tip<unknown> | null;
}

/** Why a block cannot be taken yet, or ever by this node (contract H-36). */
export type EraBarrier = Extract<HostRefusal, 'ERA_NOT_FINAL' | 'ERA_UNSUPPORTED'>;

/** The eras of the chain as far as this node knows them; they are only ever added to. */
export class EraSchedule {
  readonly #eras: ActiveEra[];
  #newest: ActiveEra;
  /** Announcements that became final; every later branch begins with them. */
  #decided = 0;
  /** First height that this node cannot follow. */
  #endsAt: Height | null = null;

  /** @param eras - At least one, by height. */
  constructor(eras: readonly ActiveEra[]) {
    this.#eras = [...eras];
    const newest = eras.at(-1);
    assertInvariant(newest !== undefined, 'there is an era');
    this.#newest = newest;
  }

  /** First height, index and plugins of all eras. */
  get all(): readonly ActiveEra[] {
    return this.#eras;
  }

  /** The newest era. */
  get last(): ActiveEra {
    return this.#newest;
  }

  /** The era that a height belongs to; genesis belongs to the first. */
  at(height: Height): ActiveEra {
    const newest = this.#newest;
    // Asked several times for every block, and nearly always about the newest era.
    if (newest.fromHeight <= height) return newest;
    const era = this.#eras.findLast(({ fromHeight }) => fromHeight <= Math.max(height, 1));
    assertInvariant(era !== undefined, 'the first era starts at height 1');
    return era;
  }

  get(index: EraIndex): ActiveEra | undefined {
    return index === this.#newest.index ? this.#newest : this.#eras[index];
  }

  /** Whether the next height belongs to another era. */
  isBorder(height: Height): boolean {
    return this.at(height + 1) !== this.at(height);
  }

  /** The plugin that signs in this era under this name. */
  find(index: EraIndex, protocol: ProtocolId): ActivePlugin | undefined {
    const era = this.#eras[index];
    return era?.plugins.find((active) => active.protocol === protocol);
  }

  /** Announcements of a final branch that were not decided yet. */
  undecided(announced: readonly AnnouncedEra[]): readonly AnnouncedEra[] {
    return announced.slice(this.#decided);
  }

  /** Notes that a final announcement was carried out, ignored or found to need what this node lacks. */
  decide(endsAt: Height | null): void {
    this.#decided++;
    this.#endsAt ??= endsAt;
  }

  /**
   * What bars a block at `height` on a branch. An era counts once its announcement is final, and until then no
   * node passes the border: those that know it and those that do not would part for good.
   */
  barrierAt(height: Height, announced: readonly AnnouncedEra[]): EraBarrier | null {
    if (this.#endsAt !== null && height >= this.#endsAt) return 'ERA_UNSUPPORTED';
    const next = announced[this.#decided];
    // The last block before the border needs the new era too: its state is the start of it.
    return next !== undefined && height >= next.era.fromHeight - 1 ? 'ERA_NOT_FINAL' : null;
  }

  add(era: ActiveEra): void {
    assertInvariant(era.index === this.#eras.length && era.fromHeight > this.last.fromHeight, 'eras are in order');
    this.#eras.push(era);
    this.#newest = era;
  }
}

/** The plugin whose proofs make blocks of this era final, if any. */
export function finalizerOf(era: ActiveEra): ActivePlugin | null {
  return era.plugins.findLast(({ rules }) => rules.finality.kind === 'proof') ?? null;
}

/** Whether blocks of this era exist only together with their proof. */
export function isProofAttached({ production }: ActiveEra): boolean {
  return production.rules.finality.kind === 'proof' && production.rules.finality.attached;
}

/** What one plugin of the era knows. */
export function tipFor(tips: EraTips, active: ActivePlugin): Tip<unknown> {
  const tip = active.role === 'production' ? tips.tip : tips.gadget;
  assertInvariant(tips.era === active.era && tip !== null, 'plugins get tips of their own era');
  return tip;
}
