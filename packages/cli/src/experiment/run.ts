/**
 * Runs a published experiment at either level.
 *
 * @module
 */
import { runModelExperiment } from './model-level.ts';
import { runNodesExperiment } from './nodes-level.ts';
import type { ExperimentName, ExperimentOptions, ExperimentResult } from './result.ts';

/**
 * Repeats Fig. 4(a) or Fig. 4(b) of the paper.
 *
 * @see docs/spec/trust.md, TV15 and "Node level".
 * @example
 * ```ts
 * const { counts } = await runExperiment('fig4b', { level: 'model', schedule: 'wrr' });
 * // [47, 48, 48, 49, 49, 9]
 * ```
 */
export async function runExperiment(name: ExperimentName, options: ExperimentOptions): Promise<ExperimentResult> {
  const { level, schedule } = options;
  return level === 'model' ? runModelExperiment(name, schedule) : runNodesExperiment(name, schedule);
}
