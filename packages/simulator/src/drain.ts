/**
 * Waiting until a node has nothing left to do at the present instant.
 *
 * @module
 */

/** Resolves in a later macrotask, when every microtask queued until then has run. */
export type Drain = () => Promise<void>;

/**
 * Chooses the fastest macrotask of the platform: `setImmediate` in Node, a message channel in
 * browsers and workers.
 *
 * Ports are asynchronous, but inside a simulation they complete in microtasks alone. The platform
 * empties the microtask queue, however long its chains, before it starts the next macrotask; so one
 * macrotask after an event everything that the event caused at this instant has happened.
 *
 * @see docs/adr/0005-draining-async-ports.md
 */
export function createDrain(): Drain {
  if (typeof setImmediate === 'function') {
    const schedule = setImmediate;
    return () => new Promise((resolve) => schedule(resolve));
  }

  const { port1, port2 } = new MessageChannel();
  port1.start();
  return () =>
    new Promise((resolve) => {
      port1.addEventListener('message', () => resolve(), { once: true });
      port2.postMessage(null);
    });
}
