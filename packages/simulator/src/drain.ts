/**
 * Waiting until a node has nothing left to do at the present instant.
 *
 * Ports are asynchronous, but inside a simulation they complete in microtasks alone. So an event is
 * over when the microtask queue, however long its chains, has run empty.
 *
 * @see docs/adr/0005-draining-async-ports.md
 * @module
 */

/** Two ways to wait for an empty microtask queue. */
export interface Drain {
  /** Works from any context, and lets the surrounding process do its own work, such as drawing. */
  throughMacrotask(): Promise<void>;
  /** The fastest way of the platform; only to be called from a microtask, as after an `await`. */
  fromMicrotask(): Promise<void>;
  /**
   * Makes a step, and another one when everything that it caused is over, for as long as steps return `true`. Makes no
   * promise of its own for a step that `fromMicrotask` would wait for. Only to be called from a microtask.
   */
  repeat(step: () => boolean): Promise<void>;
}

/** Chooses what the platform offers: Node has two fast ways, browsers and workers one. */
export function createDrain(): Drain {
  const throughMacrotask = typeof setImmediate === 'function' ? drainBy(setImmediate) : createChannelDrain();
  const tick = globalThis.process?.release?.name === 'node' ? process.nextTick : undefined;
  if (tick === undefined) {
    return { throughMacrotask, fromMicrotask: throughMacrotask, repeat: repeatBy(throughMacrotask) };
  }
  // Called from a microtask, Node keeps a tick until the queue is empty. That saves the turn of the
  // event loop, which costs four times as much as a whole simulated delivery.
  return { throughMacrotask, fromMicrotask: drainBy(tick), repeat: repeatByTicks(tick) };
}

function repeatBy(drain: () => Promise<void>): Drain['repeat'] {
  return async (step) => {
    while (step()) await drain();
  };
}

function repeatByTicks(tick: (callback: () => void) => void): Drain['repeat'] {
  const settled = Promise.resolve();
  return (step) =>
    new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (step()) tick(backToMicrotask);
          else resolve();
        } catch (thrown) {
          reject(thrown);
        }
      };
      // From within a tick, the next one would come before the microtasks.
      const backToMicrotask = (): void => void settled.then(turn);
      turn();
    });
}

function drainBy(schedule: (callback: () => void) => unknown): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      schedule(resolve);
    });
}

function createChannelDrain(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  port1.start();
  return () =>
    new Promise((resolve) => {
      port1.addEventListener('message', () => resolve(), { once: true });
      port2.postMessage(null);
    });
}
