import type { EngineContext, RulesContext } from '@fiducia/consensus';
import { expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { createNode, NAMES } from './fixtures/nodes.ts';
import { roundRobin } from './fixtures/round-robin.ts';
import { scripted } from './fixtures/scripted.ts';
import { createVirtualClock } from './fixtures/virtual-clock.ts';

/** Freezes plain data all the way down; bytes cannot be frozen and are compared by the test. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}

/** Wraps every function of an object so that arguments and results are frozen. */
function freezing<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, name) {
      const member = Reflect.get(object, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => deepFreeze(member.apply(object, args.map(deepFreeze)));
    },
  });
}

test('contract H-14: host and plugin change nothing they got from each other', async () => {
  const clock = createVirtualClock();
  const network = createLoopbackNetwork();
  const plugin = roundRobin();
  const frozen = {
    ...plugin,
    createRules: (...args: Parameters<typeof plugin.createRules>) => freezing(plugin.createRules(...args)),
    createEngine: (...args: Parameters<NonNullable<typeof plugin.createEngine>>) => {
      const engine = plugin.createEngine?.(...args);
      if (engine === undefined) throw new Error('round-robin has an engine');
      return freezing(engine);
    },
  };
  const nodes = NAMES.map((name) => createNode({ name, clock, net: network.join(name), plugin: frozen }));
  for (const node of nodes) await node.host.start();
  await clock.runUntil(10_500);
  for (const node of nodes) {
    expect(node.host.head().header.height).toBe(10);
    expect(node.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
    await node.host.stop();
  }
});

test('contract H-15: rules and engine are lent a hash, an identity and nothing else', async () => {
  const contexts: (RulesContext | EngineContext)[] = [];
  const plugin = scripted();
  const node = createNode({
    plugin: {
      ...plugin,
      createRules(config, context) {
        contexts.push(context);
        return plugin.createRules(config as object, context) as never;
      },
      createEngine(_config, _rules, context) {
        contexts.push(context);
        return { start: () => [], on: () => [] };
      },
    },
  });
  await node.host.start();
  expect(contexts.map((context) => Object.keys(context).sort())).toEqual([
    ['chainId', 'era', 'protocol', 'sha256'],
    ['chainId', 'era', 'protocol', 'self', 'sha256'],
  ]);
});
