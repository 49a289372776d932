/**
 * Writing the report to disk.
 *
 * @module
 */
import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DEMO_ENERGY_PARAMS, demoOrders } from '@fiducia/energy';
import { FiduciaCommandError } from '../failure.ts';
import type { ClearedSlot, DemoResult } from '../scenario/result.ts';
import type { OrderBookView } from './charts/order-book.ts';
import { renderReport } from './page.ts';

/** Where the report was written. */
export interface WrittenReport {
  /** Path of the page. */
  readonly html: string;
  /** Path of the numbers behind it. */
  readonly json: string;
}

/**
 * Writes `report.html` and `report.json` into a folder, which is created if it does not exist.
 *
 * @param wallSeconds - Real time that the run took.
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS`.
 * @example
 * ```ts long
 * const result = await runDemo({ rounds: 100 });
 * const { html } = await writeReport('fiducia-report', result, 0);
 * console.log(html); // path of the page
 * ```
 */
export async function writeReport(directory: string, result: DemoResult, wallSeconds: number): Promise<WrittenReport> {
  const { summary, history, options, input, signatureLibrary } = result;
  const command = repeatCommand(result);
  const html = await renderReport({ result, orderBook: busiestSlot(result), wallSeconds, command });
  const record = {
    ...summary,
    options,
    input: input.source,
    signatureLibrary,
    wallSeconds,
    command,
    settledSlots: history.settledSlots,
    balances: history.balances,
    refusals: history.refusals,
    selfSufficiencyPermille: history.selfSufficiencyPermille,
    leaders: history.leaders,
    emptySlots: history.emptySlots,
    compositeTrust: history.compositeTrust,
    marketSlots: history.slots,
  };

  await prepareReportFolder(directory);
  const written = { html: join(directory, 'report.html'), json: join(directory, 'report.json') };
  await toFile(directory, async () => {
    await writeFile(written.html, html);
    await writeFile(written.json, `${JSON.stringify(record, null, 1)}\n`);
  });
  return written;
}

/**
 * Makes sure that a report can be written later, so that a run does not end in a wrong path.
 *
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS`.
 */
export async function prepareReportFolder(directory: string): Promise<void> {
  await toFile(directory, async () => {
    await makeFolder(resolve(directory));
    await access(directory, constants.W_OK);
  });
}

/**
 * Makes a folder and those above it. `mkdir` with `recursive` never returns where a file system denies that a folder
 * exists which it lets nobody make, as `/proc` does.
 */
async function makeFolder(directory: string): Promise<void> {
  if (await tryMakeFolder(directory)) return;
  await makeFolder(dirname(directory));
  if (!(await tryMakeFolder(directory))) throw new Error('the file system does not let anybody make it');
}

/** @returns Whether it is there now; `false` if the folder above seems to be missing. */
async function tryMakeFolder(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(directory)).isDirectory()) return true;
    if (code === 'ENOENT' && dirname(directory) !== directory) return false;
    throw error;
  }
}

async function toFile(directory: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'write', file: directory, reason });
  }
}

/** The cleared market slot with the largest volume, the first of equals. */
function busiestSlot({ input, history }: DemoResult): OrderBookView | undefined {
  const busiest = history.slots.reduce<ClearedSlot | undefined>(
    (best, slot) => (slot.volumeWh > (best?.volumeWh ?? 0) ? slot : best),
    undefined,
  );
  const row = busiest === undefined ? undefined : input.market.rows[busiest.row];
  if (busiest === undefined || row === undefined || busiest.priceMicro === null) return undefined;

  const gridFee = DEMO_ENERGY_PARAMS.zones[0]?.gridFee ?? 0;
  const time = [Math.floor(row.slot / 4), (row.slot % 4) * 15].map((part) => String(part).padStart(2, '0')).join(':');
  return {
    moment: `${row.season}, day ${row.day + 1}, ${time}`,
    volumeWh: busiest.volumeWh,
    priceMicro: busiest.priceMicro,
    orders: demoOrders(input.market.participants, row).map((order) => ({
      side: order.side,
      priceMicro: order.price - (order.side === 'buy' ? gridFee : 0),
      quantityWh: order.qty,
    })),
  };
}

/** The command line that repeats a run. */
function repeatCommand({ options, input }: DemoResult): string {
  const flags = (['consensus', 'finality', 'rounds', 'malicious', 'act', 'seed', 'schedule', 'profile'] as const)
    .filter((name) => options[name] !== null)
    .map((name) => `--${name} ${options[name]}`);
  const data = input.file === undefined ? [] : [`--data ${input.file}`];
  return ['fiducia demo', ...flags, ...data].join(' ');
}
