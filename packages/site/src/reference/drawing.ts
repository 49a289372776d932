/**
 * Draws a graph as SVG: rows of boxes, edges from top to bottom.
 *
 * @module
 */
import { type Graph, layersOf, reduceGraph } from './graph.ts';

const CHARACTER = 7.4;
const BOX_HEIGHT = 30;
const GAP_X = 18;
const GAP_Y = 46;
const MARGIN = 6;
/** Widest row; longer ones are broken. */
const ROW_WIDTH_MAX = 760;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/**
 * A drawing on one line, so that it can stand in Markdown. Edges that a longer way shows too are left out.
 *
 * @param title - What a screen reader says.
 * @param linkOf - Where a box leads, if anywhere.
 */
export function drawGraph(graph: Graph, title: string, linkOf: (node: string) => string | undefined): string {
  const reduced = reduceGraph(graph);
  const rows = orderRows(layersOf(reduced).flatMap(breakRow), reduced);
  const width = Math.max(...rows.map(rowWidth)) + 2 * MARGIN;
  const boxes = new Map<string, Box>();
  rows.forEach((row, index) => {
    let x = (width - rowWidth(row)) / 2;
    for (const node of row) {
      boxes.set(node, { x, y: MARGIN + index * (BOX_HEIGHT + GAP_Y), width: widthOf(node) });
      x += widthOf(node) + GAP_X;
    }
  });
  const height = rows.length * BOX_HEIGHT + (rows.length - 1) * GAP_Y + 2 * MARGIN;
  const edges = reduced.edges.map(([from, to]) => drawEdge(boxes.get(from), boxes.get(to))).join('');
  const nodes = [...boxes].map(([node, box]) => drawBox(node, box, linkOf(node))).join('');
  const size = `viewBox="0 0 ${round(width)} ${round(height)}" style="max-width:${round(width)}px"`;
  return `<svg class="graph" role="img" ${size}><title>${escapeXml(title)}</title>${edges}${nodes}</svg>`;
}

function widthOf(node: string): number {
  return node.length * CHARACTER + 20;
}

function rowWidth(row: readonly string[]): number {
  return row.reduce((sum, node) => sum + widthOf(node) + GAP_X, -GAP_X);
}

function breakRow(row: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  for (const node of row) {
    const last = parts.at(-1) ?? [];
    if (last.length > 0 && rowWidth([...last, node]) > ROW_WIDTH_MAX) parts.push([node]);
    else last.push(node);
  }
  return parts;
}

/** Puts every node near the middle of its neighbours, row by row, down and up a few times. */
function orderRows(rows: readonly (readonly string[])[], { edges }: Graph): readonly (readonly string[])[] {
  let ordered = rows;
  for (let pass = 0; pass < 6; pass++) {
    const place = new Map(
      ordered.flatMap((row) => row.map((node, index) => [node, (index + 0.5) / row.length] as const)),
    );
    const neighbours = (node: string): readonly number[] =>
      edges.flatMap(([from, to]) => {
        const other = pass % 2 === 0 ? (to === node ? from : undefined) : from === node ? to : undefined;
        return other === undefined ? [] : [place.get(other) ?? 0.5];
      });
    const middle = (node: string): number => {
      const found = neighbours(node);
      return found.length === 0 ? (place.get(node) ?? 0.5) : found.reduce((sum, x) => sum + x, 0) / found.length;
    };
    ordered = ordered.map((row) => row.toSorted((a, b) => middle(a) - middle(b)));
  }
  return ordered;
}

function drawEdge(from: Box | undefined, to: Box | undefined): string {
  if (from === undefined || to === undefined) return '';
  const isDown = to.y > from.y;
  const [x1, y1] = [from.x + from.width / 2, isDown ? from.y + BOX_HEIGHT : from.y];
  const [x2, y2] = [to.x + to.width / 2, isDown ? to.y : to.y + BOX_HEIGHT];
  const bend = isDown ? GAP_Y / 1.6 : -GAP_Y / 1.6;
  const numbers = [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2].map(round);
  return `<path d="M${numbers[0]} ${numbers[1]}C${numbers.slice(2).join(' ')}"/>`;
}

function drawBox(node: string, { x, y, width }: Box, link: string | undefined): string {
  const rectangle = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${BOX_HEIGHT}" rx="6"/>`;
  const text = `<text x="${round(x + width / 2)}" y="${round(y + 20)}">${escapeXml(node)}</text>`;
  return link === undefined ? `<g>${rectangle}${text}</g>` : `<a href="${escapeXml(link)}">${rectangle}${text}</a>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
