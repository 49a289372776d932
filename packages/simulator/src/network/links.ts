/**
 * Which links carry messages: partitions, one-way cuts, clogs, healing (simulation section 3).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { requireInteger, SimulationError } from '../errors.ts';
import type { EventLoop } from '../event-loop.ts';
import { RECORD, type Trace } from '../trace.ts';
import type { Endpoint } from './endpoint.ts';

/** One direction of a link, by the names of its nodes. */
export interface LinkDirection {
  /** Sending end. */
  readonly from: string;
  /** Receiving end. */
  readonly to: string;
}

/** Why a direction carries nothing; `null` if it does. */
export type Obstacle = 'blocked' | 'cut' | null;

/** State of all links. */
export class Links {
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #loop: EventLoop;
  readonly #trace: Trace;
  readonly #cuts = new Map<Endpoint, Set<Endpoint>>();
  readonly #clogs = new Map<Endpoint, Map<Endpoint, Millis>>();
  #healingCount = 0;
  #isPartitioned = false;

  constructor(endpoints: ReadonlyMap<string, Endpoint>, loop: EventLoop, trace: Trace) {
    this.#endpoints = endpoints;
    this.#loop = loop;
    this.#trace = trace;
  }

  /** Cuts the links between groups; nodes in no group form one more. */
  partition(groups: readonly (readonly string[])[]): void {
    const groupOf = new Map<string, number>();
    for (const [index, group] of groups.entries()) {
      for (const name of group) {
        this.require(name);
        if (groupOf.has(name)) {
          throw new SimulationError({ code: 'INVALID_OPTION', path: 'groups', reason: `${name} is in two groups` });
        }
        groupOf.set(name, index);
      }
    }
    for (const endpoint of this.#endpoints.values()) {
      endpoint.group = groupOf.get(endpoint.name) ?? groups.length;
      endpoint.healings = [];
    }
    this.#isPartitioned = groups.length > 0;
    this.#traceGroups();
  }

  /** Cuts directions, beside those that are cut already. */
  cut(directions: readonly LinkDirection[]): void {
    const ends = directions.map(({ from, to }) => [this.require(from), this.require(to)] as const);
    for (const [from, to] of ends) {
      this.#cuts.set(from, (this.#cuts.get(from) ?? new Set()).add(to));
      this.#trace.record(RECORD.cut).text(from.name).text(to.name);
    }
  }

  /** What travels in this direction waits until `untilMs`. */
  clog(from: string, to: string, untilMs: Millis): void {
    const [sender, recipient] = [this.require(from), this.require(to)];
    requireInteger('untilMs', untilMs, 0, Number.MAX_SAFE_INTEGER);
    this.#trace.record(RECORD.clog).text(from).text(to).number(untilMs);
    const ends = this.#clogs.get(sender) ?? new Map<Endpoint, Millis>();
    this.#clogs.set(sender, ends.set(recipient, untilMs));
  }

  /** Restores all links, or those with both ends in `within`. */
  heal(within?: readonly string[]): void {
    if (within === undefined) {
      this.#healAll();
      return;
    }
    const healed = new Set(within.map((name) => this.require(name)));
    this.#trace.record(RECORD.healing).number(healed.size);
    for (const endpoint of healed) {
      this.#trace.text(endpoint.name);
      if (this.#isPartitioned) endpoint.healings = [...endpoint.healings, this.#healingCount];
      forgetAll(this.#cuts.get(endpoint), healed);
      forgetAll(this.#clogs.get(endpoint), healed);
    }
    this.#healingCount += 1;
  }

  /** What stops messages in this direction now. */
  obstacle(from: Endpoint, to: Endpoint): Obstacle {
    // Nodes are far apart in memory, and mostly nothing is in their way.
    if (!this.#isPartitioned && this.#cuts.size === 0) return null;
    if (from.group !== to.group && !from.healings.some((healing) => to.healings.includes(healing))) return 'blocked';
    return this.#cuts.size > 0 && this.#cuts.get(from)?.has(to) === true ? 'cut' : null;
  }

  /** End of the present clog of this direction; `null` if it is free. */
  clogEnd(from: Endpoint, to: Endpoint): Millis | null {
    if (this.#clogs.size === 0) return null;
    const end = this.#clogs.get(from)?.get(to);
    return end !== undefined && end > this.#loop.now ? end : null;
  }

  /** A node of this name. */
  require(name: string): Endpoint {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) throw new SimulationError({ code: 'UNKNOWN_NODE', node: name });
    return endpoint;
  }

  #healAll(): void {
    for (const endpoint of this.#endpoints.values()) {
      endpoint.group = 0;
      endpoint.healings = [];
    }
    this.#isPartitioned = false;
    this.#cuts.clear();
    this.#clogs.clear();
    this.#traceGroups();
  }

  #traceGroups(): void {
    this.#trace.record(RECORD.links);
    for (const endpoint of this.#endpoints.values()) this.#trace.number(endpoint.group);
  }
}

function forgetAll(ends: { delete(endpoint: Endpoint): boolean } | undefined, healed: Iterable<Endpoint>): void {
  if (ends === undefined) return;
  for (const endpoint of healed) ends.delete(endpoint);
}
