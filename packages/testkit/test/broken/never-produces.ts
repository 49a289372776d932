/** Waits for its slot, and lets it pass. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';

export function neverProduces(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new Error('round-robin has an engine');
      return {
        start: (start, now) => engine.start(start, now),
        on: (input, now) => engine.on(input, now).filter(({ kind }) => kind !== 'buildBlock'),
      };
    },
  };
}
