/** A report in words. */
import type { EpochReport, ScenarioReport } from './scenario.ts';

/** The last digits of a hash, enough to compare by eye. */
const TAIL = 8;
const MICRO = 1_000_000;

export function summarise(report: ScenarioReport): string {
  const { blocks, slots, transactions, gas, sealed, epochs, reorganisations, restart, ends, publishedTrust } = report;
  const sealers = Object.entries(sealed).map(([name, count]) => `${name} ${count}`);
  const lines = [
    `${blocks} blocks in ${slots} slots, ${transactions} transactions, ${gas} gas; by ${sealers.join(', ')}.`,
    '',
    'height  trust of mallory  elected',
    ...changesOf(epochs).map(
      ({ height, trust, elected }) =>
        `${String(height).padStart(6)}  ${((trust.mallory ?? 0) / MICRO).toFixed(3).padStart(16)}  ${elected.join(' ')}`,
    ),
    '',
    `Reorganisations: ${reorganisations.length}, ${reorganisations.map((depth) => `${depth} blocks`).join(', ')} deep.`,
  ];
  if (restart !== undefined) {
    const { height, before, after, replayed } = restart;
    lines.push(
      `Restart after block ${height}: consensus root ${tailOf(before)} before, ${tailOf(after)} from the newest checkpoint, ` +
        `${tailOf(replayed)} from genesis.`,
    );
  }
  lines.push(
    ...ends.map(
      ({ head, consensus, state }) => `Head ${tailOf(head)}, consensus ${tailOf(consensus)}, state ${tailOf(state)}.`,
    ),
    `Trust of wind: ${epochs.at(-2)?.trust.wind} in the last epoch, ${publishedTrust} in the storage that contracts read.`,
    `Wind did good work ${report.work} times and earned ${report.earned} wei.`,
    `Blocks refused and faults: ${report.troubles.length === 0 ? 'none' : report.troubles.join(', ')}.`,
  );
  return lines.join('\n');
}

/** Elections whose outcome differs from the one before, and the last one. */
function changesOf(epochs: readonly EpochReport[]): readonly EpochReport[] {
  return epochs.filter(
    ({ elected }, index) =>
      index === epochs.length - 1 || elected.toSorted().join() !== epochs[index - 1]?.elected.toSorted().join(),
  );
}

function tailOf(hash: string): string {
  return hash.slice(-TAIL);
}
