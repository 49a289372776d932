/**
 * Containers of nodes.
 *
 * @module
 */
import { type DependencyContainer, type InjectionToken, container as rootContainer } from 'tsyringe';

/**
 * Registers what a node consists of.
 *
 * Modules are applied in order and the last registration of a token wins, so a module that comes later
 * replaces one port and leaves the rest. A module that has to wait for something returns a promise.
 *
 * @example
 * ```ts
 * const stoppedClock: Module = (container) => {
 *   container.register(TOKENS.clock, { useValue: myClock });
 * };
 * ```
 */
export type Module = (container: DependencyContainer) => void | Promise<void>;

/**
 * Creates the container of one node and applies modules to it, in order.
 *
 * It is a child of the global container: what the process registers there is visible to every node, what
 * a node registers is visible to that node alone.
 * @example
 * ```ts
 * const container = await createNodeContainer([portModule({ clock: systemClock, net: simulatedNetwork })]);
 * container.resolve(TOKENS.clock).now();
 * ```
 */
export async function createNodeContainer(modules: readonly Module[]): Promise<DependencyContainer> {
  const container = rootContainer.createChildContainer();
  for (const module of modules) await module(container);
  return container;
}

/**
 * Registers a factory that runs once per container, at the first resolution.
 *
 * @example
 * ```ts
 * provide(container, TOKENS.chain, (node) => createLedger({ genesis, crypto: node.resolve(TOKENS.crypto) }));
 * ```
 */
export function provide<T>(
  container: DependencyContainer,
  token: InjectionToken<T>,
  factory: (container: DependencyContainer) => T,
): void {
  // tsyringe's own caching factories run again for `null`, which a node without a signer has.
  const made = new WeakMap<DependencyContainer, { readonly value: T }>();
  container.register(token, {
    useFactory: (node) => {
      const known = made.get(node) ?? { value: factory(node) };
      made.set(node, known);
      return known.value;
    },
  });
}

/**
 * Every value registered under a token, in order of registration; empty if there is none, where
 * `container.resolveAll` throws.
 */
export function resolveEach<T>(container: DependencyContainer, token: InjectionToken<T>): readonly T[] {
  return container.isRegistered(token, true) ? container.resolveAll(token) : [];
}
