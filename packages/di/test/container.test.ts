import type { ConsensusPlugin } from '@fiducia/consensus';
import type { ChainPort, ClockPort } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import {
  chainModule,
  createNodeContainer,
  eraModule,
  inject,
  injectAll,
  injectable,
  Lifecycle,
  pluginModule,
  portModule,
  provide,
  resolveEach,
  TOKENS,
  token,
} from '../src/index.ts';

const clockAt = (now: number): ClockPort => ({
  now: () => now,
  schedule: () => () => undefined,
  entropy: () => new Uint8Array(32),
});
const pluginNamed = (name: string) => ({ name }) as ConsensusPlugin;

describe('tokens', () => {
  it('are the same in every copy of the package', () => {
    expect(TOKENS.clock).toBe(Symbol.for('@fiducia/1/clock'));
    expect(token('my-app/status')).toBe(token('my-app/status'));
    expect(new Set(Object.values(TOKENS)).size).toBe(Object.keys(TOKENS).length);
  });
});

describe('modules', () => {
  it('replace one port and leave the others: the last registration wins', async () => {
    const container = await createNodeContainer([
      portModule({ clock: clockAt(1), signer: null }),
      portModule({ clock: clockAt(2) }),
    ]);
    expect(container.resolve(TOKENS.clock).now()).toBe(2);
    expect(container.resolve(TOKENS.signer)).toBeNull();
  });

  it('are applied in order, also when one has to wait', async () => {
    const container = await createNodeContainer([
      async (node) => {
        await Promise.resolve();
        node.register(TOKENS.clock, { useValue: clockAt(1) });
      },
      portModule({ clock: clockAt(2) }),
    ]);
    expect(container.resolve(TOKENS.clock).now()).toBe(2);
  });

  it('collect plugins in order of registration', async () => {
    const container = await createNodeContainer([
      pluginModule(pluginNamed('one'), pluginNamed('two')),
      pluginModule(pluginNamed('three')),
    ]);
    expect(resolveEach(container, TOKENS.plugin).map(({ name }) => name)).toEqual(['one', 'two', 'three']);
  });

  it('give an empty list where nothing is registered', async () => {
    expect(resolveEach(await createNodeContainer([]), TOKENS.plugin)).toEqual([]);
  });

  it('set eras and the chain', async () => {
    const chain = { provides: new Set() } as unknown as ChainPort;
    const era = { fromHeight: 1, production: { name: 'demo', config: {} } };
    const container = await createNodeContainer([chainModule(chain), eraModule(era)]);
    expect(container.resolve(TOKENS.chain)).toBe(chain);
    expect(container.resolve(TOKENS.eras)).toEqual([era]);
  });

  it('replace every port they name', async () => {
    const ports = {
      chain: {} as ChainPort,
      net: { self: 'a' } as never,
      crypto: { supports: new Set() } as never,
      signer: { self: 'a' } as never,
      clock: clockAt(1),
      log: { append: async () => undefined } as never,
    };
    const container = await createNodeContainer([portModule(ports)]);
    for (const [name, port] of Object.entries(ports)) {
      expect(container.resolve(token(name))).toBe(port);
    }
  });
});

describe('containers', () => {
  it('keep the registrations of two nodes apart', async () => {
    const first = await createNodeContainer([portModule({ clock: clockAt(1) })]);
    const second = await createNodeContainer([portModule({ clock: clockAt(2) })]);
    expect(first.resolve(TOKENS.clock).now()).toBe(1);
    expect(second.resolve(TOKENS.clock).now()).toBe(2);
    const third = await createNodeContainer([]);
    expect(() => third.resolve(TOKENS.clock)).toThrow();
  });

  it('run a provided factory once each, and only when asked', async () => {
    const made: number[] = [];
    const module = (node: Parameters<typeof provide>[0]) =>
      provide(node, TOKENS.clock, () => {
        made.push(made.length);
        return clockAt(made.length);
      });
    const first = await createNodeContainer([module]);
    const second = await createNodeContainer([module]);
    expect(made).toEqual([]);
    expect(first.resolve(TOKENS.clock)).toBe(first.resolve(TOKENS.clock));
    expect(first.resolve(TOKENS.clock)).not.toBe(second.resolve(TOKENS.clock));
    expect(made).toEqual([0, 1]);
  });

  it('keep a provided null', async () => {
    let calls = 0;
    const container = await createNodeContainer([
      (node) =>
        provide(node, TOKENS.signer, () => {
          calls++;
          return null;
        }),
    ]);
    expect([container.resolve(TOKENS.signer), container.resolve(TOKENS.signer)]).toEqual([null, null]);
    expect(calls).toBe(1);
  });

  it('let a factory see what replaced its needs', async () => {
    const NOW = token<number>('test/now');
    const container = await createNodeContainer([
      portModule({ clock: clockAt(1) }),
      (node) => provide(node, NOW, (inner) => inner.resolve(TOKENS.clock).now()),
      portModule({ clock: clockAt(2) }),
    ]);
    expect(container.resolve(NOW)).toBe(2);
  });

  it('build a decorated class once per node', async () => {
    const STATUS = token<Status>('test/status');

    @injectable()
    class Status {
      readonly clock: ClockPort;
      readonly plugins: readonly ConsensusPlugin[];

      constructor(
        @inject(TOKENS.clock) clock: ClockPort,
        @injectAll(TOKENS.plugin, { isOptional: true }) plugins: readonly ConsensusPlugin[],
      ) {
        this.clock = clock;
        this.plugins = plugins;
      }
    }

    const module = (node: Parameters<typeof provide>[0]) => {
      node.register(STATUS, { useClass: Status }, { lifecycle: Lifecycle.ContainerScoped });
    };
    const first = await createNodeContainer([portModule({ clock: clockAt(1) }), module]);
    const second = await createNodeContainer([
      portModule({ clock: clockAt(2) }),
      module,
      pluginModule(pluginNamed('one')),
    ]);
    expect(first.resolve(STATUS)).toBe(first.resolve(STATUS));
    expect(first.resolve(STATUS).plugins).toEqual([]);
    expect(second.resolve(STATUS).clock.now()).toBe(2);
    expect(second.resolve(STATUS).plugins).toHaveLength(1);
  });
});
