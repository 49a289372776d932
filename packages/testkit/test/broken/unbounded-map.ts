/** Remembers who sent what, for ever. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';

export function unboundedMap(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('round-robin has an engine');
      const messages = new Map<string, number>();
      return {
        start: (start, now) => engine.start(start, now),
        on(input, now) {
          if (input.kind === 'messageReceived') messages.set(input.message.payload.join(), now);
          return engine.on(input, now);
        },
      };
    },
  };
}
