/**
 * Which lines of the plugins under simulation a thread ran, measured by the engine itself.
 *
 * @module
 */
import { type Profiler, Session } from 'node:inspector/promises';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';

/** Coverage of one package. */
export interface PackageCoverage {
  /** Name of the package. */
  readonly package: string;
  /** Lines with code in the files that were loaded. */
  readonly lines: number;
  /** Those that ran at least once. */
  readonly covered: number;
}

/** Packages with the rules under simulation. */
export function packagesUnder(consensus: ConsensusName, finality: FinalityGadget | null): readonly string[] {
  const trust = consensus === 'dt-dpos' ? ['@fiducia/trust'] : [];
  const gadget = finality === null ? [] : [`@fiducia/finality-${finality}`];
  return [`@fiducia/consensus-${consensus}`, ...trust, ...gadget];
}

/** Measures what `run` covers; the measured code runs slower meanwhile. */
export async function measureCoverage<T>(
  packages: readonly string[],
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly coverage: readonly PackageCoverage[] }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Debugger.enable');
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
    const result = await run();
    const { result: measured } = await session.post('Profiler.takePreciseCoverage');
    const coverage: PackageCoverage[] = [];
    for (const name of packages) {
      const folder = new URL('.', import.meta.resolve(name)).href;
      const files = measured.filter(({ url }) => url.startsWith(folder));
      const counts = await Promise.all(files.map((file) => countLines(session, file)));
      const sum = (read: (count: LineCount) => number) => counts.reduce((total, count) => total + read(count), 0);
      coverage.push({ package: name, lines: sum(({ lines }) => lines), covered: sum(({ covered }) => covered) });
    }
    return { result, coverage };
  } finally {
    session.disconnect();
  }
}

interface LineCount {
  readonly lines: number;
  readonly covered: number;
}

/** Types are blanks in the source that the engine runs, so that only lines with code are counted. */
async function countLines(session: Session, script: Profiler.ScriptCoverage): Promise<LineCount> {
  const { scriptSource } = await session.post('Debugger.getScriptSource', { scriptId: script.scriptId });
  const ranges = script.functions.flatMap((item) => item.ranges);
  let offset = 0;
  let [lines, covered] = [0, 0];
  for (const line of scriptSource.split('\n')) {
    const at = offset + line.length - line.trimStart().length;
    offset += line.length + 1;
    if (!hasCode(line)) continue;
    lines += 1;
    if (wasRun(ranges, at)) covered += 1;
  }
  return { lines, covered };
}

/** Comments, blanks, imports and lone brackets are no code. */
function hasCode(line: string): boolean {
  return !/^\s*($|\/\/|\/\*|\*|import |export \{|[\])}\s;,]*$)/.test(line);
}

/** The smallest range around a position tells whether it was run. */
function wasRun(ranges: readonly Profiler.CoverageRange[], at: number): boolean {
  let smallest: Profiler.CoverageRange | null = null;
  for (const range of ranges) {
    if (range.startOffset > at || range.endOffset <= at) continue;
    if (smallest === null || range.endOffset - range.startOffset < smallest.endOffset - smallest.startOffset) {
      smallest = range;
    }
  }
  return smallest === null || smallest.count > 0;
}
