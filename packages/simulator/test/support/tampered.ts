/** Plugins with one thing changed. */
import type { ConsensusPlugin, ConsensusRules } from '@fiducia/consensus';

/** A plugin whose rules have some other functions; `alter` is called for every rules object. */
export function withRules(
  plugin: ConsensusPlugin,
  alter: (rules: ConsensusRules<unknown>) => Partial<ConsensusRules<unknown>>,
): ConsensusPlugin {
  return {
    ...plugin,
    createRules(config, context) {
      const rules = plugin.createRules(config, context);
      return { ...rules, ...alter(rules) };
    },
  };
}

/** A plugin whose states hold one number more, which enters their encoding. */
export function withNumber(
  plugin: ConsensusPlugin,
  createNumber: (rules: ConsensusRules<unknown>) => {
    readonly rules?: Partial<ConsensusRules<unknown>>;
    readonly next: () => number;
  },
): ConsensusPlugin {
  return withRules(plugin, (rules) => {
    const { next, rules: changes = {} } = createNumber(rules);
    return {
      ...changes,
      applyHeader: (state, header, facts) => ({
        ...(rules.applyHeader(state, header, facts) as object),
        number: next(),
      }),
      codec: {
        ...rules.codec,
        *encode(state) {
          yield* rules.codec.encode(state);
          yield new TextEncoder().encode(`number ${(state as { readonly number?: number }).number ?? 0}`);
        },
      },
    };
  });
}
