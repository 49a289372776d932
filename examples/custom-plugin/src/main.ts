/**
 * Prints the heads of a simulated round-robin network: `npm start -w example-custom-plugin`.
 *
 * @module
 */
import { NAMES, runNetwork } from './network.ts';

const seed = Number(process.argv[2] ?? 1);
const { reports, traceHash } = await runNetwork(seed);

const line = (slot: string, cells: readonly string[], event: string): string =>
  [slot.padStart(4), ...cells.map((cell) => cell.padEnd(13)), event].join('  ').trimEnd();

const lines = [line('slot', NAMES, '')];
for (const { slot, heads, event } of reports) {
  const cells = heads.map(({ height, id }) => `${height} ${id.slice(0, 8)}`);
  lines.push(line(String(slot), cells, event));
}
process.stdout.write(`${lines.join('\n')}\n\ntrace ${traceHash}\n`);
