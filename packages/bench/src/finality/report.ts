/**
 * The costs of finality as one document: `npm run bench -- finality`, with `--json` for other programs.
 *
 * @module
 */
import { toTable } from '../table.ts';
import { type FinalityCost, type FinalityCostOptions, measureFinalityCost } from './cost.ts';
import { countPbftMessages, type PbftMessages } from './pbft-messages.ts';

/** Everything that `npm run bench -- finality --json` prints. */
export interface FinalityReport {
  /** DT-DPoS without and with the gadget. */
  readonly cost: readonly FinalityCost[];
  readonly pbft: readonly PbftMessages[];
}

/** Sizes at which finality is measured; with 101 seats few blocks, since every signature of all is checked by all. */
const RUNS: readonly Omit<FinalityCostOptions, 'every'>[] = [
  { seats: 4, blocks: 96, votesInRounds: true },
  { seats: 21, blocks: 48, votesInRounds: true },
  { seats: 101, blocks: 16, votesInRounds: true },
];
/** Distances between checkpoints: without gadget, the default, and the shortest. */
const DISTANCES: readonly (number | null)[] = [null, 8, 1];

const PBFT_SEATS = [4, 7, 10, 22] as const;
const PBFT_BLOCKS = 8;

/** Measures all sizes, one after the other; takes some minutes. */
export async function measureFinality(): Promise<FinalityReport> {
  const cost: FinalityCost[] = [];
  for (const run of RUNS) for (const every of DISTANCES) cost.push(await measureFinalityCost({ ...run, every }));
  const pbft: PbftMessages[] = [];
  for (const seats of PBFT_SEATS) pbft.push(await countPbftMessages(seats, PBFT_BLOCKS));
  return { cost, pbft };
}

/** The report as tables in Markdown. */
export function formatFinality({ cost, pbft }: FinalityReport): string {
  return `${toTable(cost)}\n\n${toTable(pbft)}`;
}
