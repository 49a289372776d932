import { ByteReader, ByteWriter, type ConsensusPlugin, type ConsensusRules } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import {
  type RoundRobinConfig,
  type RoundRobinState,
  roundRobin,
} from '../../../examples/custom-plugin/src/round-robin.ts';
import type { InvariantId } from '../src/index.ts';
import { subjectOf } from './support/subjects.ts';
import { createWatchedNetwork } from './support/watched-network.ts';

type MarkedState = RoundRobinState & { readonly mark: number };

/** Round-robin whose state carries a number that no decision and no effect ever shows. */
function markedRoundRobin(mark: (slot: number) => number): ConsensusPlugin {
  const plugin = roundRobin();
  const marked = (state: RoundRobinState): MarkedState => ({ ...state, mark: mark(state.slot) });
  const rulesOf = (rules: ConsensusRules<RoundRobinState>): ConsensusRules<MarkedState> => ({
    ...rules,
    codec: {
      encode: (state) => [...rules.codec.encode(state), new ByteWriter().uint(state.mark, 6).finish()],
      decode: (chunks) => {
        const [first, last] = [...chunks];
        const inner = rules.codec.decode(first === undefined ? [] : [first]);
        return { ...inner, mark: new ByteReader(last ?? new Uint8Array(), 'mark').uint(6) };
      },
    },
    initialState: (context) => marked(rules.initialState(context)),
    applyHeader: (state, header, facts) => marked(rules.applyHeader(state, header, facts)),
  });
  return {
    ...plugin,
    createRules: (config, context) => rulesOf(plugin.createRules(config as RoundRobinConfig, context)),
  } as ConsensusPlugin;
}

async function traceWith(mark: (slot: number) => number, ids: readonly InvariantId[]): Promise<string> {
  const subject = { ...subjectOf('round-robin'), plugin: markedRoundRobin(mark) };
  const network = await createWatchedNetwork({ subject, ids });
  await network.runSlots(12);
  expect(network.nodes[0]?.host.head().header.height).toBeGreaterThan(8);
  return network.simulation.traceHash();
}

describe('simulation E4: digests of states', () => {
  it('are part of the trace while I12 is checked, so that a state that differs alone shows', async () => {
    const [first, again] = [await traceWith((slot) => slot, ['I12']), await traceWith((slot) => slot, ['I12'])];
    expect(again).toBe(first);
    expect(await traceWith((slot) => slot + 1, ['I12'])).not.toBe(first);
  });

  it('are what tells the two apart: inputs and effects are the same', async () => {
    expect(await traceWith((slot) => slot + 1, ['I5'])).toBe(await traceWith((slot) => slot, ['I5']));
  });

  it('are noted for nodes of the simulation only', async () => {
    const { simulation } = await createWatchedNetwork({ subject: 'round-robin', ids: [] });
    expect(() => simulation.note('stranger', 'state', new Uint8Array(32))).toThrow(/UNKNOWN_NODE/);
  });
});
