/** Reads the clock of the machine, and what happens to be the order of objects in a set. */
import type { ConsensusPlugin, Validator } from '@fiducia/consensus';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';

export function readsDateNow(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      return {
        ...rules,
        verifyHeader: (header, parent, now) => rules.verifyHeader(header, parent, Math.max(now, Date.now())),
      };
    },
  };
}

export function iteratesSetOfObjects(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      const seen = new Set<Validator>();
      return {
        ...rules,
        applyHeader(state, header, facts) {
          for (const validator of rules.validators(state)) seen.add(validator);
          for (const { id } of seen) if (id === header.author) return rules.applyHeader(state, header, facts);
          return rules.applyHeader(state, header, []);
        },
      };
    },
  };
}
