/**
 * The report as one self-contained page.
 *
 * @module
 */

import { formatCount, formatEnergy, formatPoints } from '../format.ts';
import { NODE_PROFILES } from '../scenario/nodes.ts';
import type { DemoResult, NodeSummary } from '../scenario/result.ts';
import { electionsChart } from './charts/elections.ts';
import { energyMixChart, MIX_SOURCES } from './charts/energy-mix.ts';
import { type OrderBookView, orderBookChart } from './charts/order-book.ts';
import { trustChart } from './charts/trust.ts';
import { roleColour } from './palette.ts';
import { escapeHtml, renderChart } from './render.ts';
import { STYLE_SHEET } from './style.ts';

const SLOTS_PER_DAY = 96;

/** Everything the page shows. */
export interface ReportContent {
  readonly result: DemoResult;
  /** The market slot with the largest volume, absent if nothing was traded. */
  readonly orderBook: OrderBookView | undefined;
  /** Seconds of real time that the run took. */
  readonly wallSeconds: number;
  /** The command that repeats the run. */
  readonly command: string;
}

/** Renders the report; the page loads nothing from anywhere. */
export async function renderReport(content: ReportContent): Promise<string> {
  const { result } = content;
  const [trust, elections, orders, day] = await Promise.all([
    renderChart(trustChart(result)),
    renderChart(electionsChart(result)),
    content.orderBook === undefined ? undefined : renderChart(orderBookChart(content.orderBook)),
    renderDay(result),
  ]);
  const title = headline(result);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Fiducia</title>
<style>${STYLE_SHEET}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">Fiducia demo · DT-DPoS energy network · profile ${result.options.profile}, schedule ${result.options.schedule}, seed ${result.options.seed}</p>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(lead(result))}</p>
</header>
${keyFigures(result)}
${trustSection(result, trust)}
<div class="pair">
${electionsSection(result, elections)}
${orders === undefined || content.orderBook === undefined ? '' : ordersSection(content.orderBook, orders)}
</div>
${mixSection(day)}
${nodesSection(result)}
${agreementSection(content)}
</main>
${footer(result)}
</body>
</html>
`;
}

function headline({ summary, options }: DemoResult): string {
  const offender = summary.nodes.find(({ node }) => node === options.malicious);
  if (offender === undefined) return `Six honest nodes share ${formatCount(summary.rounds)} rounds`;
  const times = offender.elections === 1 ? 'once' : `${formatCount(offender.elections)} times`;
  return `Node ${offender.node} turns malicious and is elected ${times} in ${formatCount(summary.rounds)} rounds`;
}

function lead({ summary, options, history }: DemoResult): string {
  const market = `Meanwhile its participants traded ${formatCount(summary.energy.tradedWh)} Wh in ${formatCount(summary.energy.slots)} market slots.`;
  const isAgreed = new Set(summary.stateRoots).size === 1 && new Set(summary.consensusRoots).size === 1;
  const agreement = isAgreed
    ? 'Every node executed every block and reached the same state.'
    : 'The nodes did not reach the same state.';
  if (options.malicious === 0) return `Nobody attacked, and nobody was favoured. ${market} ${agreement}`;
  const act =
    options.act === 'invalid'
      ? `It signed a header off its slot whenever it led: ${formatCount(summary.rejectedBlocks)} blocks were rejected, ${formatCount(history.emptySlots.length)} slots stayed empty`
      : 'It signed two blocks for each slot it led: one of them stood';
  return `${act}, ${formatCount(summary.evidence)} offences were proven on the chain, and its trust fell. ${market} ${agreement}`;
}

function keyFigures({ summary, history }: DemoResult): string {
  const traded = formatEnergy(summary.energy.tradedWh);
  const figures: readonly (readonly [string, string])[] = [
    ['Rounds', formatCount(summary.rounds)],
    ['Blocks', formatCount(summary.blocks)],
    ['Rejected / proven', `${formatCount(summary.rejectedBlocks)} / ${formatCount(summary.evidence)}`],
    ['Energy traded', `${traded.value} <small>${traded.unit}</small>`],
    ['Mean price', `${formatCount(summary.energy.meanPriceMicro)} <small>µ¤/Wh</small>`],
    ['Self-sufficiency', `${(history.selfSufficiencyPermille / 10).toFixed(1)} <small>%</small>`],
  ];
  const items = figures.map(([name, value]) => `<div class="figure"><dt>${name}</dt><dd>${value}</dd></div>`);
  return `<dl class="figures">\n${items.join('\n')}\n</dl>`;
}

function trustSection({ options, history }: DemoResult, svg: string): string {
  const ticks = history.emptySlots.length === 0 ? '' : ' Red ticks mark slots whose leader left no valid block.';
  const text =
    options.malicious === 0
      ? 'Voting earns a little trust every round; who votes more often ends higher, but not by much.'
      : 'Each proven offence costs the node 20 points of dynamic trust and weighs on its history, so its turns grow rare.';
  const caption = `Composite trust in points, 100 = full trust.${ticks}`;
  return section({ title: 'Trust over the rounds', text, svg, caption, isWide: true });
}

function electionsSection({ summary }: DemoResult, svg: string): string {
  const share = (summary.rounds / summary.nodes.length).toFixed(1);
  return section({
    title: 'Elections per node',
    text: 'Every consensus slot elects one leader in proportion to trust.',
    svg,
    caption: `Slots led, empty ones included. The dashed line is an equal share, ${share}.`,
  });
}

function ordersSection(book: OrderBookView, svg: string): string {
  return section({
    title: 'One market slot clears',
    text: `The busiest of all: ${book.moment}.`,
    svg,
    caption: `${formatCount(book.volumeWh)} Wh change hands at one price for everybody. Prices in µ¤ per Wh as the seller sees them; buyers pay the grid fee on top.`,
  });
}

function mixSection({ svg, moment }: DayView): string {
  const items = MIX_SOURCES.map(({ source, colour }) => `<li><i style="background:${colour}"></i>${source}</li>`);
  return section({
    title: 'Energy mix over a day',
    text: 'What the community generated and what it took from the grid. Generation above the demand line leaves through the grid.',
    svg,
    caption: `Average power of each quarter of an hour in kW, metered values of the input: ${moment}.`,
    legend: `<ul class="legend">${items.join('')}<li><i class="line"></i>Demand</li></ul>`,
    isWide: true,
  });
}

/** A section around one chart; a wide one scrolls sideways on a narrow screen instead of shrinking. */
function section(parts: {
  readonly title: string;
  readonly text: string;
  readonly svg: string;
  readonly caption: string;
  readonly legend?: string;
  readonly isWide?: boolean;
}): string {
  const { title, text, svg, caption, legend = '', isWide = false } = parts;
  const figure = `${legend}<div class="plot">${svg}</div><figcaption>${escapeHtml(caption)}</figcaption>`;
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n<p>${escapeHtml(text)}</p>\n<figure${isWide ? ' class="wide"' : ''}>${figure}</figure>\n</section>`;
}

function nodesSection({ summary, options }: DemoResult): string {
  const rows = summary.nodes.map((node) => nodeRow(node, node.node === options.malicious));
  return `<section>
<h2>The six nodes after the last block</h2>
<p>Composite trust R is 35 % history H, 15 % votes V, 10 % deposit M and 40 % dynamic trust D, in points.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Node</th><th scope="col">Elections</th><th scope="col">Trust R</th><th scope="col">H</th><th scope="col">V</th><th scope="col">M</th><th scope="col">D</th><th scope="col">Class</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</section>`;
}

function nodeRow({ node, role, elections, trust, tier }: NodeSummary, malicious: boolean): string {
  const label = NODE_PROFILES[node - 1]?.label ?? role;
  const parts = [trust.composite, trust.historical, trust.votes, trust.deposit, trust.dynamic];
  const cells = parts.map((micro) => `<td>${formatPoints(micro)}</td>`).join('');
  return `<tr${malicious ? ' class="malicious"' : ''}><td><i style="background:${roleColour(role)}"></i>${node} ${label}</td><td>${elections}</td>${cells}<td class="tier">${tier}</td></tr>`;
}

function agreementSection({ result, wallSeconds, command }: ReportContent): string {
  const { summary, signatureLibrary, history } = result;
  const refusals = Object.entries(history.refusals).map(([code, count]) => `${code} ${formatCount(count)} times`);
  const facts: readonly (readonly [string, string])[] = [
    ['State roots', describeRoots(summary.stateRoots)],
    ['Consensus roots', describeRoots(summary.consensusRoots)],
    ['Money', summary.conserved.money ? 'conserved after every block' : 'NOT conserved'],
    ['Energy', summary.conserved.energy ? 'balanced in every settled market slot' : 'NOT balanced'],
    ...(refusals.length === 0 ? [] : [['Refused', escapeHtml(refusals.join(', '))] as const]),
    ['Signatures', signatureLibrary === 'native' ? 'secp256k1, native library' : 'secp256k1, portable library'],
    ['Trace', `<code>${summary.traceHash}</code>`],
    ['Wall time', `${wallSeconds.toFixed(1)} s`],
    ['Repeat it', `<code>${escapeHtml(command)}</code>`],
  ];
  const items = facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`);
  return `<section>
<h2>Agreement</h2>
<p>Read from the state of each node, not copied from one.</p>
<dl class="facts">
${items.join('\n')}
</dl>
</section>`;
}

function describeRoots(roots: readonly string[]): string {
  const distinct = [...new Set(roots)];
  if (distinct.length === 1) return `${roots.length} equal: <code>${distinct[0]}</code>`;
  return distinct.map((root) => `<code>${root}</code>`).join('<br>');
}

interface DayView {
  readonly svg: string;
  readonly moment: string;
}

async function renderDay({ input, history }: DemoResult): Promise<DayView> {
  const volumeOf = (day: number): number =>
    history.slots.slice(day * SLOTS_PER_DAY, (day + 1) * SLOTS_PER_DAY).reduce((sum, slot) => sum + slot.volumeWh, 0);
  // The whole day with the most trade; a run of less than a day shows the first day of the input.
  const wholeDays = Array.from({ length: Math.floor(history.slots.length / SLOTS_PER_DAY) }, (_, day) => day);
  const day = wholeDays.reduce((best, candidate) => (volumeOf(candidate) > volumeOf(best) ? candidate : best), 0);
  const rows = input.market.rows.slice(day * SLOTS_PER_DAY, (day + 1) * SLOTS_PER_DAY);
  const [first] = rows;
  const moment = first === undefined ? 'no day' : `${first.season}, day ${first.day + 1}`;
  return { svg: await renderChart(energyMixChart(input.market, rows)), moment };
}

function footer({ input }: DemoResult): string {
  return `<footer>
<p>The market rules (clearing, price, metering, settlement, penalties) are Fiducia’s own. The paper behind the trust model gives none: 王浩, 张惠林, 马立新, 建模与仿真 2023, 12(2), 985–994, DOI <a href="https://doi.org/10.12677/MOS.2023.122093">10.12677/MOS.2023.122093</a>.</p>
<p>Input: ${escapeHtml(input.source)}. One µ¤/Wh is 0.001 ¤/kWh; ¤ stands for any currency.</p>
</footer>`;
}
