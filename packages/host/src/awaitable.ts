/**
 * Going on with answers that may be there already.
 *
 * Ports may answer at once, and most in memory do. An `async` function would give way all the same, at every step from
 * the network to the store; what is written with these functions gives way only where something is really waited for.
 *
 * @see docs/adr/0034-ports-that-answer-at-once.md
 * @module
 */
import type { Awaitable } from '@fiducia/consensus/ports';

const SETTLED: Promise<void> = /* @__PURE__ */ Promise.resolve();

/** Runs a job when whatever runs now has given way, before anything that is asked for from now on. It must not throw. */
export function soon(job: () => void): void {
  void SETTLED.then(job);
}

/** Goes on with `next` as soon as `value` is there, so at once if it is. What either throws, the result throws. */
export function whenDone<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs `work`, and `recover` if that throws or rejects: `catch` for both. */
export function whenFailed<T, R>(work: () => Awaitable<T>, recover: (thrown: unknown) => R): Awaitable<T | R> {
  try {
    const value = work();
    return value instanceof Promise ? value.catch(recover) : value;
  } catch (thrown) {
    return recover(thrown);
  }
}

/** Runs `work`, and `end` when it is over, however it ended: `finally` for both. */
export function whenOver<T>(work: () => Awaitable<T>, end: () => void): Awaitable<T> {
  const succeed = (value: T): T => {
    end();
    return value;
  };
  const fail = (thrown: unknown): never => {
    end();
    throw thrown;
  };
  let value: Awaitable<T>;
  try {
    value = work();
  } catch (thrown) {
    return fail(thrown);
  }
  // Not `finally`, which takes three turns of the queue where one will do.
  return value instanceof Promise ? value.then(succeed, fail) : succeed(value);
}

/** Goes on with `next` when `work` is done, and with `recover` if either fails; neither of the two may wait. */
export function attempt<T, R>(
  work: () => Awaitable<T>,
  next: (value: T) => R,
  recover: (thrown: unknown) => R,
): Awaitable<R> {
  const guarded = (value: T): R => {
    try {
      return next(value);
    } catch (thrown) {
      return recover(thrown);
    }
  };
  let value: Awaitable<T>;
  try {
    value = work();
  } catch (thrown) {
    return recover(thrown);
  }
  return value instanceof Promise ? value.then(guarded, recover) : guarded(value);
}

/**
 * Two turns later, if it is waited for at all: engines and voters that hear of a head have theirs before whoever asked
 * for its import or for a block goes on.
 */
export function afterReactions<T>(value: Promise<T>): Promise<T>;
export function afterReactions<T>(value: Awaitable<T>): Awaitable<T>;
export function afterReactions<T>(value: Awaitable<T>): Awaitable<T> {
  return value instanceof Promise ? value.then(pass).then(pass) : value;
}

function pass<T>(result: T): T {
  return result;
}
