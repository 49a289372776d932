/**
 * The table of the six nodes, live and at the end.
 *
 * @module
 */
import type { Tier } from '@fiducia/trust';
import Table from 'cli-table3';
import { bold, dim, green, red, yellow } from 'yoctocolors';
import type { CompareRun } from '../compare/result.ts';
import { formatCount, formatPoints } from '../format.ts';
import { PROTOCOLS } from '../scenario/consensus/protocols.ts';
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
const COMPARE_HEADINGS = ['Protocol', 'Blocks', 'Rejected', 'Messages', 'kB', 'Finality', 'p50 s', 'p99 s'];
const LEFT_HEADINGS = new Set(['Node', 'Class', 'Protocol', 'Finality']);

/** What may be said about a block after the time in the table. */
const FINALITY_NAMES = { settle: 'settled', checkpoint: 'final', instant: 'final' } as const;

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
  const table = createTable(isTrusted ? TRUST_HEADINGS : BOND_HEADINGS);
  for (const node of nodes) {
    table.push([
      formatName(node, malicious),
      bold(String(node.elections)),
      ...(hasTrust(node) ? trustCells(node) : bondCells(node)),
    ]);
  }
  return table.toString();
}

/** Lays out what each protocol needed for the same transactions. */
export function formatCompareTable(runs: readonly CompareRun[]): string {
  const table = createTable(COMPARE_HEADINGS);
  for (const { consensus, finality, blocks, rejectedBlocks, messages, bytes, finalityMs } of runs) {
    const seconds = [finalityMs.p50, finalityMs.p99].map((time) => (time / 1000).toFixed(1));
    const counts = [blocks, rejectedBlocks, messages, Math.round(bytes / 1000)].map(formatCount);
    table.push([PROTOCOLS[consensus].label, ...counts, FINALITY_NAMES[finality], ...seconds]);
  }
  return table.toString();
}

function createTable(headings: readonly string[]): Table.Table {
  return new Table({
    head: headings.map((heading) => dim(heading)),
    colAligns: headings.map((heading) => (LEFT_HEADINGS.has(heading) ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: RULES,
  });
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
