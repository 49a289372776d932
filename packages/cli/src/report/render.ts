/**
 * From a Vega-Lite specification to inline SVG, without a browser.
 *
 * @module
 */
import type { Config, TopLevelSpec } from 'vega-lite';
import { COLOURS, FONT } from './palette.ts';

/** A chart: what to draw and what it says to somebody who cannot see it. */
export interface Chart {
  /** Identifier inside the page, unique; letters only. */
  readonly id: string;
  /** Short title, read aloud by assistive technology. */
  readonly title: string;
  /** What the picture shows, in a sentence or two. */
  readonly description: string;
  readonly spec: TopLevelSpec;
}

/** Layers of a chart, drawn in order. */
export type Layers = Extract<TopLevelSpec, { readonly layer: unknown }>['layer'];

const CONFIG: Config = {
  background: 'none',
  // The whole picture carries one title and one description instead of hundreds of labelled marks.
  aria: false,
  font: FONT,
  padding: 0,
  view: { stroke: null },
  axis: {
    labelColor: COLOURS.faint,
    labelFontSize: 12,
    titleColor: COLOURS.faint,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 10,
    domainColor: COLOURS.rule,
    tickColor: COLOURS.rule,
    gridColor: COLOURS.rule,
    gridOpacity: 1,
    labelPadding: 6,
  },
  axisX: { grid: false, tickSize: 5 },
  axisY: { domain: false, ticks: false, titleAnchor: 'end' },
  text: { color: COLOURS.ink, fontSize: 12 },
};

/** Draws a chart as one `<svg>` element that scales with its container. */
export async function renderChart(chart: Chart): Promise<string> {
  // Loaded on demand: drawing is the last step, and the libraries are larger than everything else.
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new View(parse(compile({ ...chart.spec, config: CONFIG }).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return describeSvg(svg, chart);
}

/** Replaces the opening tag: no fixed size, a role, a title and a description. */
function describeSvg(svg: string, { id, title, description }: Chart): string {
  const viewBox = /viewBox="[^"]*"/.exec(svg)?.[0] ?? '';
  const opening =
    `<svg xmlns="http://www.w3.org/2000/svg" ${viewBox} role="img" aria-labelledby="${id}-title ${id}-description">` +
    `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-description">${escapeHtml(description)}</desc>`;
  return svg.replace(/^<svg[^>]*>/, opening);
}

/** Text that is safe inside HTML elements and attributes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
