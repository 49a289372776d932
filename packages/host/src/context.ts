/**
 * What every part of a host shares.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { ClaimBudget } from './claim-budget.ts';
import type { ActivePlugin, EraSchedule } from './era/schedule.ts';
import type { HostEventHub } from './events.ts';
import type { HostLimits } from './limits.ts';
import type { Ports } from './ports.ts';
import type { Branches } from './tree/branches.ts';

/** Ports, limits and eras of one running host. */
export interface HostContext extends Ports {
  readonly limits: HostLimits;
  readonly eras: EraSchedule;
  readonly events: HostEventHub;
  readonly branches: Branches;
  /** Shared by everything that checks claims of peers outside of the import. */
  readonly claims: ClaimBudget;
  /** Clock time that never decreases (contract H-5). */
  now(): Millis;
  /** False before start, after stop and after a fault: nothing is imported, signed or sent. */
  isRunning(): boolean;
  /** Stops engine and signing because of what was thrown (contract H-17, H-43). */
  fault(thrown: unknown): void;
}

/** What the parts of one engine share beside it. */
export interface PluginContext extends HostContext {
  /** The plugin whose engine it is. */
  readonly active: ActivePlugin;
  /** Guard lanes that the engine used since it was started. */
  readonly guardLanes: Set<string>;
  /** False once the engine was dropped: nothing is signed for it any more (contract H-9). */
  isCurrent(): boolean;
}
