/** Remembers the last author outside of the state, and lets nobody build twice in a row. */
import { type ConsensusPlugin, reject } from '@fiducia/consensus';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';

export function closureState(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      let lastId = '';
      return {
        ...rules,
        verifyHeader(header, parent, now) {
          const isRepeated = header.id === lastId;
          lastId = header.id;
          return isRepeated ? reject('SEEN_JUST_NOW') : rules.verifyHeader(header, parent, now);
        },
      };
    },
  };
}
