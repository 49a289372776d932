/** What differs between machines: the clock, the order of objects in a set, and functions that are only nearly right. */
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

/** Weighs heights by a logarithm, of which each engine has its own last digits. */
export function takesLogarithms(): ConsensusPlugin {
  const plugin = roundRobin() as ConsensusPlugin;
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      return {
        ...rules,
        applyHeader: (state, header, facts) =>
          Math.log2(header.height) < 0 ? state : rules.applyHeader(state, header, facts),
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
