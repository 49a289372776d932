/**
 * Engines that stop a run when they never come to rest.
 *
 * @module
 */
import type { ConsensusPlugin } from '@fiducia/consensus';
import type { ConformanceSubject } from '../subject.ts';
import { withParts } from './with-parts.ts';

/** No requirement calls one engine so often; an engine that asks for a timer that is due at once does. */
const CALLS_MAX = 200_000;

/** The same subject; a plugin whose engine is called without end throws instead of keeping the kit busy for ever. */
export function withBoundedEngines(subject: ConformanceSubject): ConformanceSubject {
  const { production, finality } = subject;
  return {
    ...subject,
    production: { ...production, plugin: bounded(production.plugin) },
    ...(finality && { finality: { ...finality, plugin: bounded(finality.plugin) } }),
  };
}

function bounded(plugin: ConsensusPlugin): ConsensusPlugin {
  if (plugin.createEngine === undefined) return withParts(plugin, {});
  return withParts(plugin, {
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new TypeError(`${plugin.name} made no engine`);
      let calls = 0;
      return {
        start: (start, now) => engine.start(start, now),
        on(input, now) {
          calls += 1;
          if (calls > CALLS_MAX) throw new RangeError(`the engine never comes to rest: ${CALLS_MAX} calls`);
          return engine.on(input, now);
        },
        ...(engine.usage && { usage: () => engine.usage?.() ?? [] }),
      };
    },
  });
}
