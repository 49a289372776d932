/**
 * Misbehaviour of a node that votes: its hosts are real, and only its engines ask for something else.
 *
 * @module
 */
import type { ConsensusEngine, ConsensusPlugin, Effect, Millis } from '@fiducia/consensus';

/** A plugin whose engine builds blocks with another timestamp, and is the same in everything else. */
export function shiftBuilds(plugin: ConsensusPlugin, shiftMs: Millis): ConsensusPlugin {
  const shift = (effect: Effect): Effect =>
    effect.kind === 'buildBlock' ? { ...effect, timestamp: effect.timestamp + shiftMs } : effect;
  const { createEngine } = plugin;
  if (createEngine === undefined) throw new RangeError(`${plugin.name} has no engine`);
  return {
    ...plugin,
    createEngine(...parts): ConsensusEngine<unknown> {
      const engine = createEngine(...parts);
      return {
        start: (...input) => engine.start(...input).map(shift),
        on: (...input) => engine.on(...input).map(shift),
      };
    },
  };
}
