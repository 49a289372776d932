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

/** Where a host is in its life. */
export interface HostLife {
  status: 'created' | 'running' | 'stopped' | 'faulted';
}

/** What stays the same for as long as a host runs. */
type Parts = Omit<HostContext, 'now' | 'isRunning'>;

abstract class SharedParts implements Parts {
  readonly chain: Parts['chain'];
  readonly net: Parts['net'];
  readonly crypto: Parts['crypto'];
  readonly signer: Parts['signer'];
  readonly clock: Parts['clock'];
  readonly log: Parts['log'];
  readonly limits: HostLimits;
  readonly eras: EraSchedule;
  readonly events: HostEventHub;
  readonly branches: Branches;
  readonly claims: ClaimBudget;
  readonly fault: (thrown: unknown) => void;

  constructor(parts: Parts) {
    this.chain = parts.chain;
    this.net = parts.net;
    this.crypto = parts.crypto;
    this.signer = parts.signer;
    this.clock = parts.clock;
    this.log = parts.log;
    this.limits = parts.limits;
    this.eras = parts.eras;
    this.events = parts.events;
    this.branches = parts.branches;
    this.claims = parts.claims;
    this.fault = parts.fault;
  }
}

/**
 * The context of a host. A class, and the status in an object of its own: every block asks for both, and the way through
 * closures of the host would pass four objects more.
 */
export class RunningContext extends SharedParts implements HostContext {
  readonly #life: HostLife;
  #latest: Millis = 0;

  constructor(parts: Parts, life: HostLife) {
    super(parts);
    this.#life = life;
  }

  now(): Millis {
    this.#latest = Math.max(this.#latest, this.clock.now());
    return this.#latest;
  }

  isRunning(): boolean {
    return this.#life.status === 'running';
  }
}

/** The context of one engine. */
export class OwnContext extends SharedParts implements PluginContext {
  readonly active: ActivePlugin;
  readonly guardLanes = new Set<string>();
  readonly isCurrent: () => boolean;
  readonly #host: HostContext;

  constructor(host: HostContext, active: ActivePlugin, isCurrent: () => boolean) {
    super(host);
    this.#host = host;
    this.active = active;
    this.isCurrent = isCurrent;
  }

  now(): Millis {
    return this.#host.now();
  }

  isRunning(): boolean {
    return this.#host.isRunning();
  }
}
