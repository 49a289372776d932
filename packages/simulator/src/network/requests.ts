/**
 * Questions and answers: they run over connections, so what is lost is sent again, which costs time, and nothing
 * comes twice.
 *
 * @module
 */
import type { Bytes, Millis } from '@fiducia/consensus';
import type { EventLoop } from '../event-loop.ts';
import type { SimulatedProcess } from '../process/machine.ts';
import { RECORD, type Trace } from '../trace.ts';
import type { Carrier } from './carrier.ts';
import { drawDelay } from './delay.ts';
import type { Endpoint } from './endpoint.ts';

/** A connection waits this long before it sends again, and twice as long every further time, as TCP does. */
const RETRANSMISSION_MS = 200;
const ATTEMPTS_MAX = 8;

/** A question that is under way. */
export interface Question {
  readonly number: number;
  readonly channel: string;
  readonly bytes: Bytes;
  readonly timeoutMs: Millis;
}

/** Carries questions there and answers back. */
export class Requests {
  readonly #carrier: Carrier;
  readonly #loop: EventLoop;
  readonly #trace: Trace;

  constructor(carrier: Carrier, loop: EventLoop, trace: Trace) {
    this.#carrier = carrier;
    this.#loop = loop;
    this.#trace = trace;
  }

  /** Resolves to the answer, or to `null` at the time-out; never, if the asking process ends before. */
  ask(from: Endpoint, server: Endpoint | null, question: Question): Promise<Bytes | null> {
    const { number, channel, bytes, timeoutMs } = question;
    const asker = from.machine.process;
    return new Promise((resolve) => {
      const giveUp = { run: () => resolve(null) };
      const timeout = this.#loop.plan(this.#loop.now + timeoutMs, `timeout/${channel}`, asker, giveUp);
      if (server === null) return;

      this.#transfer(from, server, server.machine.process, `ask/${channel}`, bytes.length, async () => {
        const { servers, process } = server.registration;
        const answer = (await servers.get(channel)?.(from.name, bytes)) ?? null;
        if (!process.isAlive) return;
        this.#trace.record(RECORD.answer).number(number).data(answer);
        this.#transfer(server, from, asker, `answer/${channel}`, answer?.length ?? 0, () => {
          this.#loop.cancel(timeout);
          resolve(answer);
        });
      });
    });
  }

  #transfer(
    from: Endpoint,
    to: Endpoint,
    owner: SimulatedProcess,
    label: string,
    length: number,
    arrive: () => void | Promise<void>,
  ): void {
    const retransmissionsMs = this.#drawRetransmissions(from);
    const delayMs = drawDelay(from.random, this.#carrier.conditions);
    if (retransmissionsMs === null || this.#isStopped(from, to)) return;
    const waitMs = this.#carrier.passUplink(from, length);
    if (waitMs === null) return;
    const at = this.#loop.now + waitMs + delayMs + retransmissionsMs;
    this.#loop.plan(at, label, owner, { run: () => this.#arrive(from, to, owner, label, arrive) });
  }

  #arrive(
    from: Endpoint,
    to: Endpoint,
    owner: SimulatedProcess,
    label: string,
    arrive: () => void | Promise<void>,
  ): void | Promise<void> {
    if (this.#isStopped(from, to)) return undefined;
    const clogEnd = this.#carrier.links.clogEnd(from, to);
    if (clogEnd === null) return arrive();
    this.#carrier.counts.clogged += 1;
    this.#loop.plan(clogEnd, label, owner, { run: () => this.#arrive(from, to, owner, label, arrive) });
    return undefined;
  }

  /** A partition shows to the asker as a time-out, which is not the fate of a copy; a cut is counted everywhere. */
  #isStopped(from: Endpoint, to: Endpoint): boolean {
    const obstacle = this.#carrier.links.obstacle(from, to);
    if (obstacle === 'cut') this.#carrier.counts.cut += 1;
    return obstacle !== null;
  }

  /** Time until an attempt gets through, or `null` if the connection gives up. */
  #drawRetransmissions(from: Endpoint): Millis | null {
    let waitMs = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (!from.random.chance(this.#carrier.conditions.lossPermille)) return waitMs;
      waitMs += RETRANSMISSION_MS * 2 ** attempt;
    }
    return null;
  }
}
