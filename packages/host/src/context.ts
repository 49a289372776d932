/**
 * What every part of a host shares.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { ClaimBudget } from './claim-budget.ts';
import type { ActiveEra } from './era/schedule.ts';
import type { HostEventHub } from './events.ts';
import type { HostLimits } from './limits.ts';
import type { Ports } from './ports.ts';
import type { Branches } from './tree/branches.ts';

/** Ports, limits and the era of one running host. */
export interface HostContext extends Ports {
  readonly limits: HostLimits;
  readonly era: ActiveEra;
  readonly events: HostEventHub;
  readonly branches: Branches;
  /** Shared by everything that checks claims of peers outside of the import. */
  readonly claims: ClaimBudget;
  /** Guard lanes that the engine used since the start. */
  readonly guardLanes: Set<string>;
  /** Clock time that never decreases (contract H-5). */
  now(): Millis;
  /** False before start, after stop and after a fault: nothing is imported, signed or sent. */
  isRunning(): boolean;
  /** Stops engine and signing because of what was thrown (contract H-17, H-43). */
  fault(thrown: unknown): void;
}
