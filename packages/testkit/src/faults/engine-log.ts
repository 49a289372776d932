/**
 * A plugin whose engines tell when they asked for what.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Effect, Millis } from '@fiducia/consensus';
import type { Subject } from '@fiducia/simulator';

/** Effects of one call. */
export interface LoggedCall {
  readonly self: ActorId | null;
  readonly era: number;
  readonly now: Millis;
  readonly effects: readonly Effect[];
}

/** The same subject; the engines of the plugin under test log every call. */
export function withLog(subject: Subject, log: (call: LoggedCall) => void): Subject {
  const { finality, production } = subject;
  if (finality !== undefined) {
    return { ...subject, finality: { ...finality, plugin: logEngines(finality.plugin, log) } };
  }
  return { ...subject, production: { ...production, plugin: logEngines(production.plugin, log) } };
}

/** The same plugin; every call of its engines is logged. */
function logEngines(plugin: ConsensusPlugin, log: (call: LoggedCall) => void): ConsensusPlugin {
  return {
    ...plugin,
    ...(plugin.createEngine && {
      createEngine(config, rules, context) {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new TypeError(`${plugin.name} made no engine`);
        const { self, era } = context;
        const logged = (now: Millis, effects: readonly Effect[]): readonly Effect[] => {
          log({ self, era, now, effects });
          return effects;
        };
        return {
          start: (start, now) => logged(now, engine.start(start, now)),
          on: (input, now) => logged(now, engine.on(input, now)),
          ...(engine.usage && { usage: () => engine.usage?.() ?? [] }),
        };
      },
    }),
  };
}
