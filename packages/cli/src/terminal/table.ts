/**
 * The table of the six nodes, live and at the end.
 *
 * @module
 */
import type { Tier } from '@fiducia/trust';
import Table from 'cli-table3';
import { bold, dim, green, red, yellow } from 'yoctocolors';
import { formatPoints } from '../format.ts';
import { NODE_PROFILES } from '../scenario/nodes.ts';
import type { NodeSummary } from '../scenario/result.ts';

const HEADINGS = ['Node', 'Elections', 'Trust R', 'H', 'V', 'M', 'D', 'Class'];

/** Thin rules between head and body only, so that the numbers stand out. */
const RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Lays out role, elections, composite trust with its four parts in points, and class. */
export function formatNodeTable(nodes: readonly NodeSummary[], malicious: number): string {
  const table = new Table({
    head: HEADINGS.map((heading) => dim(heading)),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: RULES,
  });
  for (const { node, role, elections, trust, tier } of nodes) {
    const label = `${node} ${NODE_PROFILES[node - 1]?.label ?? role}`;
    table.push([
      node === malicious ? red(`${label} (malicious)`) : label,
      bold(String(elections)),
      bold(formatPoints(trust.composite)),
      ...[trust.historical, trust.votes, trust.deposit, trust.dynamic].map(formatPoints),
      colourTier(tier),
    ]);
  }
  return table.toString();
}

function colourTier(tier: Tier): string {
  if (tier === 'TRUSTED') return green(tier);
  return tier === 'MALICIOUS' ? red(tier) : yellow(tier);
}
