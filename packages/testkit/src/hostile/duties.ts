/**
 * What an engine has asked for and not given back: the limits of the contract, counted as a host counts them.
 *
 * @module
 */
import { type Effect, type Guard, type Input, LIMITS, type RequestId, type TimerId } from '@fiducia/consensus';

const LANES_MAX = 16;
const SEQUENCE_MAX = 4;

/** A request that waits for its answer. */
export interface OpenRequest {
  readonly requestId: RequestId;
  readonly effect: Effect;
}

/** Counts timers, requests, sticky messages and lanes of one engine. */
export class Duties {
  readonly #timers = new Set<TimerId>();
  readonly #requests = new Map<RequestId, Effect>();
  readonly #sticky = new Set<string>();
  readonly #lanes = new Set<string>();

  /** Requests without an answer, oldest first. */
  get open(): readonly OpenRequest[] {
    return Array.from(this.#requests, ([requestId, effect]) => ({ requestId, effect }));
  }

  /** Timers that are armed. */
  get timers(): readonly TimerId[] {
    return [...this.#timers];
  }

  /** Takes note of what a host has delivered. */
  delivered(input: Input<unknown>): void {
    if (input.kind === 'timerElapsed') this.#timers.delete(input.timerId);
    if (input.kind === 'headChanged') this.#sticky.clear();
    if (input.kind === 'blockValidated') this.#requests.delete(validationOf(input.blockId));
    if ('requestId' in input) this.#requests.delete(input.requestId);
  }

  /** Takes note of effects. @returns What is wrong with them, if anything. */
  returned(effects: readonly Effect[]): string | undefined {
    if (!Array.isArray(effects)) return 'returned no list of effects';
    if (effects.length > LIMITS.effectsPerInput) return `${effects.length} effects for one input`;
    for (const effect of effects) {
      const problem = this.#take(effect);
      if (problem !== undefined) return problem;
    }
    if (this.#timers.size > LIMITS.timers) return `${this.#timers.size} timers are armed`;
    if (this.#requests.size > LIMITS.openRequests) return `${this.#requests.size} requests are open`;
    if (this.#sticky.size > LIMITS.stickyMessages) return `${this.#sticky.size} sticky messages are alive`;
    return this.#lanes.size > LANES_MAX ? `${this.#lanes.size} guard lanes` : undefined;
  }

  #take(effect: Effect): string | undefined {
    switch (effect.kind) {
      case 'setTimer':
        if (effect.at === null) this.#timers.delete(effect.timerId);
        else this.#timers.add(effect.timerId);
        return effect.at === null || Number.isSafeInteger(effect.at) ? undefined : `a timer at ${effect.at}`;
      case 'buildBlock':
        this.#requests.set(effect.requestId, effect);
        return tooLong('digest', effect.digest.length, LIMITS.digestBytes);
      case 'mine':
      case 'proveVrf':
      case 'fetchBlock':
        this.#requests.set(effect.requestId, effect);
        return undefined;
      case 'validateBlock':
        this.#requests.set(validationOf(effect.blockId), effect);
        return undefined;
      case 'cancel':
        this.#requests.delete(effect.requestId);
        return undefined;
      case 'send':
        if (effect.sticky !== undefined) this.#sticky.add(effect.guard?.lane ?? `unguarded ${effect.payload.join()}`);
        return tooLong('message', effect.payload.length, LIMITS.messageBytes) ?? this.#guard(effect.guard);
      case 'persist':
        return tooLong('log entry', effect.entry.length, LIMITS.logEntryBytes);
      case 'publish':
        if (effect.sealing?.kind === 'attach') return tooLong('seal', effect.sealing.seal.length, LIMITS.sealBytes);
        return this.#guard(effect.sealing?.guard) ?? tooLong('proof', effect.proof?.length ?? 0, LIMITS.proofBytes);
      case 'offerCertificate':
        return tooLong('certificate', effect.certificate.length, LIMITS.proofBytes);
      default:
        return undefined;
    }
  }

  #guard(guard: Guard | undefined): string | undefined {
    if (guard === undefined) return undefined;
    this.#lanes.add(guard.lane);
    const isPlace = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
    if (guard.sequence.length > SEQUENCE_MAX) return `a guard sequence of ${guard.sequence.length} elements`;
    return guard.sequence.every(isPlace) ? undefined : `the guard sequence ${guard.sequence.join('/')}`;
  }
}

/** Validations are known by their block, not by a name of the engine's. */
function validationOf(blockId: string): RequestId {
  return `validate ${blockId}`;
}

function tooLong(what: string, length: number, max: number): string | undefined {
  return length <= max ? undefined : `a ${what} of ${length} bytes, at most ${max} are allowed`;
}
