/**
 * The demo network and the experiments of Fig. 4 as functions: what the command `fiducia` runs.
 *
 * ```ts long
 * import { builtInInput, runDemo, runExperiment, writeReport } from '@fiducia/cli';
 *
 * const { counts } = await runExperiment('fig4b', { level: 'model', schedule: 'wrr' });
 * console.log(counts); // [47, 48, 48, 49, 49, 9]
 *
 * const result = await runDemo({ rounds: 100, malicious: 3 }, builtInInput(), ({ round }) => {
 *   if (round % 10 === 0) console.log(`round ${round}`);
 * });
 * await writeReport('fiducia-report', result, 0);
 *
 * const baseline = await runDemo({ consensus: 'dpos', rounds: 100, malicious: 3 });
 * console.log(baseline.summary.energy); // the same as with trust
 * ```
 *
 * Everything runs in this process under virtual time; nothing listens, and nothing but
 * {@link writeReport} touches the disk.
 *
 * Not for: running a node on a network (`@fiducia/node`), other scenarios (`@fiducia/simulator`), or
 * the market's rules (`@fiducia/energy`).
 *
 * @packageDocumentation
 */

export type { CommandStreams } from './command/io.ts';
export { runCommand } from './command/program.ts';
export { DEFAULT_COMPARE_OPTIONS, runCompare } from './compare/compare.ts';
export type {
  CompareOptions,
  CompareProgress,
  CompareResult,
  CompareRun,
  FinalityTimes,
} from './compare/result.ts';
export type { ExperimentLevel, ExperimentName, ExperimentOptions, ExperimentResult } from './experiment/result.ts';
export { runExperiment } from './experiment/run.ts';
export {
  adviceFor,
  type CommandFailure,
  EXIT_CODES,
  exitCodeFor,
  FiduciaCommandError,
  isFiduciaCommandError,
} from './failure.ts';
export { builtInInput, type DemoInput, readInputFile } from './input/load.ts';
export { generateCommunityCsv } from './input/weather/community.ts';
export { type WrittenReport, writeReport } from './report/write.ts';
export { runDemo } from './scenario/demo.ts';
export type { NodeRole } from './scenario/nodes.ts';
export { DEFAULT_DEMO_OPTIONS, MINIMUM_ROUNDS, ROUNDS_MAX } from './scenario/options.ts';
export {
  type BondedNodeSummary,
  type ClearedSlot,
  type ConsensusName,
  type DemoFinality,
  type DemoHistory,
  type DemoOptions,
  type DemoProgress,
  type DemoResult,
  type DemoSummary,
  type FinalityGadget,
  hasTrust,
  type LeaderSchedule,
  type MaliciousAct,
  type NodeBasics,
  type NodeSummary,
  type NodeTrust,
  type TrustedNodeSummary,
  type TrustProfile,
} from './scenario/result.ts';
