/** Checks slot and leader, and takes the leader's word for the rest. */
import { accept, type ConsensusPlugin } from '@fiducia/consensus';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';

export function anySignature(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      return {
        ...rules,
        verifyHeader(header, parent, now) {
          const verdict = rules.verifyHeader(header, parent, now);
          return verdict.kind === 'accept' ? accept() : verdict;
        },
      };
    },
  };
}
