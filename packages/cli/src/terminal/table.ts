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
import {
  type BondedNodeSummary,
  hasTrust,
  type NodeBasics,
  type NodeSummary,
  type TrustedNodeSummary,
} from '../scenario/result.ts';

const TRUST_HEADINGS = ['Node', 'Elections', 'Trust R', 'H', 'V', 'M', 'D', 'Class'];
const BOND_HEADINGS = ['Node', 'Elections', 'Blocks', 'Deposit', 'Jailed'];

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

/**
 * Lays out role and elections of every node, then composite trust with its four parts in points and class,
 * or without trust blocks and what the ledger holds of the node.
 */
export function formatNodeTable(nodes: readonly NodeSummary[], malicious: number): string {
  const isTrusted = nodes.every(hasTrust);
  const headings = isTrusted ? TRUST_HEADINGS : BOND_HEADINGS;
  const table = new Table({
    head: headings.map((heading) => dim(heading)),
    colAligns: headings.map((heading) => (heading === 'Node' || heading === 'Class' ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: RULES,
  });
  for (const node of nodes) {
    table.push([
      formatName(node, malicious),
      bold(String(node.elections)),
      ...(hasTrust(node) ? trustCells(node) : bondCells(node)),
    ]);
  }
  return table.toString();
}

function formatName({ node, role }: NodeBasics, malicious: number): string {
  const label = `${node} ${NODE_PROFILES[node - 1]?.label ?? role}`;
  return node === malicious ? red(`${label} (malicious)`) : label;
}

function trustCells({ trust, tier }: TrustedNodeSummary): readonly string[] {
  const parts = [trust.historical, trust.votes, trust.deposit, trust.dynamic].map(formatPoints);
  return [bold(formatPoints(trust.composite)), ...parts, colourTier(tier)];
}

function bondCells({ blocks, deposit, jailed }: BondedNodeSummary): readonly string[] {
  return [String(blocks), deposit, jailed ? red('yes') : 'no'];
}

function colourTier(tier: Tier): string {
  if (tier === 'TRUSTED') return green(tier);
  return tier === 'MALICIOUS' ? red(tier) : yellow(tier);
}
