/** A run in words. */
import type { Summary } from './scenario.ts';

export function describeSummary(summary: Summary): string {
  const { protocol, height, finalized, head, root, authors, transactions, data, trust, rewards } = summary;
  const { reverted, restart } = summary;
  const lines: readonly (readonly [string, string])[] = [
    ['blocks', `${height} on five nodes with one head, ${head.slice(0, 8)}; final up to ${finalized}`],
    ['authors', listed(authors)],
    ['transactions', String(transactions)],
    ['data', listed(data)],
    ['trust', Object.keys(trust).length === 0 ? 'not a matter of this protocol' : `${listed(trust)} (millionths)`],
    ['rewards', `${rewards} coins`],
    [
      'partition',
      reverted === 0 ? 'no block was reverted' : `${reverted} blocks were reverted, their puts were not lost`,
    ],
    ['restart', `read ${restart.entries} entries, at ${restart.height} while the others were at ${restart.others}`],
    ['state', root.slice(0, 16)],
  ];
  return `${protocol}\n${lines.map(([name, text]) => `  ${name.padEnd(13)} ${text}\n`).join('')}`;
}

function listed(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
