/**
 * Files of results added up, as shards of a campaign leave them.
 *
 * @module
 */
import { type CampaignSummary, isSimulationError, mergeSummaries, type SimulationErrorData } from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';
import { readResults } from './store.ts';

interface FileResult {
  readonly file: string;
  readonly part: CampaignSummary;
}

/**
 * Reads files of results and adds them up.
 *
 * @throws {@link FiduciaCommandError} with `MERGE_REFUSED`, and with what {@link readResults} throws.
 */
export function mergeFiles(files: readonly string[]): CampaignSummary {
  const results = files.flatMap((file) => readResults(file).map((part) => ({ file, part })));
  if (results.length === 0) throw new FiduciaCommandError({ code: 'MERGE_REFUSED', reason: 'no file has a result' });
  try {
    return mergeSummaries(results.map(({ part }) => part));
  } catch (error) {
    if (!isSimulationError(error)) throw error;
    throw new FiduciaCommandError({ code: 'MERGE_REFUSED', reason: reasonOf(error.data, results) });
  }
}

/** Campaigns have hundreds of files, so it names those that are at odds. */
function reasonOf(failure: SimulationErrorData, results: readonly FileResult[]): string {
  if (failure.code === 'SEEDS_OVERLAP') {
    const { seed } = failure;
    const holders = results.filter(({ part }) => part.ranges.some(({ from, to }) => from <= seed && seed <= to));
    return `seed ${seed} is in ${holders.map(({ file }) => file).join(' and in ')}`;
  }
  if (failure.code !== 'CAMPAIGNS_DIFFER') return failure.code;
  const { field } = failure;
  const [first] = results as [FileResult];
  const other = results.find(({ part }) => part[field] !== first.part[field]) as FileResult;
  const of = ({ file, part }: FileResult) => `${part[field] ?? (field === 'nodes' ? 'drawn' : 'unknown')} in ${file}`;
  return `${field} is ${of(first)}, and ${of(other)}`;
}
