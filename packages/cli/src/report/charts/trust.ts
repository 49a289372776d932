/**
 * Composite trust of the six nodes over the rounds.
 *
 * @module
 */
import { NODE_PROFILES } from '../../scenario/nodes.ts';
import { type DemoResult, hasTrust } from '../../scenario/result.ts';
import { COLOURS, roleColour } from '../palette.ts';
import type { Chart, Layers } from '../render.ts';

/** Lower bounds of the classes in points (trust C1). */
const TIERS = [
  { points: 90, label: 'TRUSTED from 90' },
  { points: 60, label: 'NORMAL from 60' },
  { points: 30, label: 'SUSPECT from 30' },
];
const LABEL_GAP_POINTS = 7;
const MICRO_PER_POINT = 10_000;

const CHART_POINTS_MIN = 110;

/** One line per node, labelled where it ends; ticks below mark the slots without a block. */
export function trustChart({ summary, history }: DemoResult): Chart {
  const lines = history.compositeTrust.flatMap((scores, index) =>
    scores.map((micro, node) => ({ round: index + 1, node: node + 1, points: micro / MICRO_PER_POINT })),
  );
  const ends = summary.nodes
    .filter(hasTrust)
    .map(({ node, trust }) => ({ node, points: trust.composite / MICRO_PER_POINT }));
  const last = ends.map(({ node, points }) => `node ${node} at ${points.toFixed(1)}`);
  return {
    id: 'trust',
    title: 'Composite trust of each node over the rounds',
    description: `Lines over ${summary.rounds} rounds in points, 100 being full trust. They end with ${last.join(', ')}.`,
    spec: { width: 760, height: 330, layer: layersOf(lines, ends, history.emptySlots, summary.rounds) },
  };
}

interface TrustPoint {
  readonly node: number;
  readonly points: number;
}

function layersOf(
  lines: readonly (TrustPoint & { readonly round: number })[],
  ends: readonly TrustPoint[],
  emptySlots: readonly number[],
  rounds: number,
): Layers {
  const color = {
    field: 'node',
    type: 'nominal' as const,
    legend: null,
    scale: {
      domain: NODE_PROFILES.map(({ number }) => number),
      range: NODE_PROFILES.map(({ role }) => roleColour(role)),
    },
  };
  const x = {
    field: 'round',
    type: 'quantitative' as const,
    title: 'Round (consensus slot)',
    scale: { domain: [0, rounds], nice: false },
  };
  const top = Math.max(CHART_POINTS_MIN, ...lines.map(({ points }) => Math.ceil(points / 10) * 10));
  const y = {
    field: 'points',
    type: 'quantitative' as const,
    title: null,
    scale: { domain: [0, top], nice: false },
    axis: { values: [0, 30, 60, 90], grid: true, gridDash: [2, 4] },
  };
  return [
    {
      data: { values: TIERS },
      mark: { type: 'text', align: 'right', dx: -2, dy: 9, fontSize: 10, color: COLOURS.faint },
      encoding: { x: { datum: rounds }, y: { field: 'points', type: 'quantitative' }, text: { field: 'label' } },
    },
    {
      data: { values: emptySlots.map((round) => ({ round })) },
      mark: { type: 'tick', orient: 'vertical', thickness: 1.5, size: 9, color: COLOURS.accent, yOffset: -6 },
      encoding: { x, y: { datum: 0 } },
    },
    {
      data: { values: [...lines] },
      mark: { type: 'line', strokeWidth: 1.8, strokeJoin: 'round', interpolate: 'step-after' },
      encoding: { x, y, color },
    },
    {
      data: { values: spreadLabels(ends) },
      mark: { type: 'text', align: 'left', dx: 10, fontSize: 12, fontWeight: 600 },
      encoding: {
        x: { datum: rounds },
        y: { field: 'labelPoints', type: 'quantitative' },
        text: { field: 'label' },
        color,
      },
    },
  ];
}

/** Labels at the ends of the lines, pushed apart so that none covers another. */
function spreadLabels(ends: readonly TrustPoint[]) {
  const sorted = ends.toSorted((a, b) => a.points - b.points || b.node - a.node);
  const positions: number[] = [];
  for (const { points } of sorted) {
    positions.push(Math.max(points, (positions.at(-1) ?? Number.NEGATIVE_INFINITY) + LABEL_GAP_POINTS));
  }
  return sorted.map(({ node, points }, index) => ({
    node,
    labelPoints: positions[index],
    label: `${NODE_PROFILES[node - 1]?.label ?? node} ${points.toFixed(1)}`,
  }));
}
