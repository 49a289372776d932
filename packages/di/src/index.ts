/**
 * Tokens and modules that wire Fiducia's ports and plugins with tsyringe.
 *
 * Libraries export plain factories and never see a container; this package names their places and
 * `@fiducia/node` puts them together. It is the only package with an effect on import: it loads
 * `reflect-metadata`, without which tsyringe refuses to load.
 *
 * Rules for classes that are to be injected: name every parameter with `@inject(TOKENS.x)`, since several
 * build tools drop the type metadata; register them with `Lifecycle.ContainerScoped`, never as a
 * singleton, so that many nodes fit in one process; inject lists with `isOptional`, because resolving an
 * empty list throws. Decorators and containers must come from one copy of tsyringe: import them here.
 *
 * @example
 * ```ts
 * import { createNodeContainer, inject, injectable, Lifecycle, portModule, TOKENS, token } from '@fiducia/di';
 *
 * const STATUS = token<StatusPage>('my-app/status');
 *
 * @injectable()
 * class StatusPage {
 *   readonly #clock: ClockPort;
 *
 *   constructor(@inject(TOKENS.clock) clock: ClockPort) {
 *     this.#clock = clock;
 *   }
 *
 *   render(): string {
 *     return `now: ${this.#clock.now()}`;
 *   }
 * }
 *
 * const container = await createNodeContainer([
 *   portModule({ clock: myClock }),
 *   (node) => {
 *     node.register(STATUS, { useClass: StatusPage }, { lifecycle: Lifecycle.ContainerScoped });
 *   },
 * ]);
 * container.resolve(STATUS).render();
 * ```
 *
 * Not for: libraries and plugins, which take their needs as arguments, and applications that prefer to:
 * `createHost({ chain, net, crypto, signer, clock, log, plugins, eras, chainId })` needs no container.
 *
 * @packageDocumentation
 */
import 'reflect-metadata';

export { type DependencyContainer, type InjectionToken, inject, injectAll, injectable, Lifecycle } from 'tsyringe';
export { createNodeContainer, type Module, provide, resolveEach } from './container.ts';
export { chainModule, eraModule, type PortValues, pluginModule, portModule } from './modules.ts';
export { TOKENS, token } from './tokens.ts';
