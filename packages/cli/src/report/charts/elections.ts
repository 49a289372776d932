/**
 * How often each node was elected.
 *
 * @module
 */
import { NODE_PROFILES } from '../../scenario/nodes.ts';
import type { DemoResult, DemoSummary } from '../../scenario/result.ts';
import { COLOURS, roleColour } from '../palette.ts';
import type { Chart } from '../render.ts';

/** Elections of a node if all had as many. */
export function equalShare({ nodes }: Pick<DemoSummary, 'nodes'>): number {
  return nodes.reduce((sum, { elections }) => sum + elections, 0) / nodes.length;
}

/** One bar per node, with the equal share as reference. */
export function electionsChart({ summary }: DemoResult): Chart {
  const values = summary.nodes.map(({ node, elections }) => ({
    node,
    label: NODE_PROFILES[node - 1]?.label ?? String(node),
    elections,
  }));
  const share = equalShare(summary);
  const y = { field: 'label', type: 'nominal' as const, sort: null, title: null };
  const x = {
    field: 'elections',
    type: 'quantitative' as const,
    axis: null,
    scale: { domain: [0, Math.max(share, ...values.map(({ elections }) => elections)) * 1.12], nice: false },
  };
  return {
    id: 'elections',
    title: 'Elections per node',
    description: `${values.map(({ label, elections }) => `${label} ${elections}`).join(', ')}. An equal share is ${share.toFixed(1)}.`,
    spec: {
      width: 330,
      height: { step: 38 },
      layer: [
        {
          data: { values },
          mark: { type: 'bar', height: 20 },
          encoding: {
            y: {
              ...y,
              axis: { labelFontSize: 13, labelColor: COLOURS.ink, labelPadding: 8, labelLimit: 0, domain: false },
            },
            x,
            color: {
              field: 'node',
              type: 'nominal',
              legend: null,
              scale: {
                domain: NODE_PROFILES.map(({ number }) => number),
                range: NODE_PROFILES.map(({ role }) => roleColour(role)),
              },
            },
          },
        },
        {
          data: { values },
          mark: { type: 'text', align: 'left', dx: 6, fontSize: 13, fontWeight: 600 },
          encoding: { y, x, text: { field: 'elections' } },
        },
        {
          data: { values: [{ share }] },
          mark: { type: 'rule', strokeDash: [3, 3], color: COLOURS.paper, strokeWidth: 1.5 },
          encoding: { x: { field: 'share', type: 'quantitative' } },
        },
      ],
    },
  };
}
