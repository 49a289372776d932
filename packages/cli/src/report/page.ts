/**
 * The report as one self-contained page.
 *
 * @module
 */

import { describeFinality, formatCount, formatEnergy, formatPoints } from '../format.ts';
import { PROTOCOLS } from '../scenario/consensus/protocols.ts';
import { NODE_PROFILES } from '../scenario/nodes.ts';
import { type DemoOptions, type DemoResult, type DemoSummary, hasTrust, type NodeSummary } from '../scenario/result.ts';
import { electionsChart, equalShare } from './charts/elections.ts';
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
    result.summary.nodes.every(hasTrust) ? renderChart(trustChart(result)) : undefined,
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
<p class="eyebrow">Fiducia demo · ${eyebrow(result.options)}</p>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(lead(result))}</p>
</header>
${keyFigures(result)}
${trust === undefined ? '' : trustSection(result, trust)}
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

function eyebrow({ consensus, finality, profile, schedule, seed }: DemoOptions): string {
  const trust = profile === null ? '' : `profile ${profile}, schedule ${schedule}, `;
  const gadget = finality === null ? '' : `finality ${finality}, `;
  return `${PROTOCOLS[consensus].label} energy network · ${trust}${gadget}seed ${seed}`;
}

function headline({ summary, options }: DemoResult): string {
  const offender = summary.nodes.find(({ node }) => node === options.malicious);
  if (offender === undefined) return `Six honest nodes share ${formatCount(summary.rounds)} rounds`;
  const rounds = `in ${formatCount(summary.rounds)} rounds`;
  if (summary.consensus === 'pow') {
    return `Node ${offender.node} turns malicious and has ${formatCount(offender.elections)} blocks on the chain ${rounds}`;
  }
  const times = offender.elections === 1 ? 'once' : `${formatCount(offender.elections)} times`;
  return `Node ${offender.node} turns malicious and is elected ${times} ${rounds}`;
}

function lead({ summary, options, history }: DemoResult): string {
  const market = `Meanwhile its participants traded ${formatCount(summary.energy.tradedWh)} Wh in ${formatCount(summary.energy.slots)} market slots.`;
  const isAgreed = new Set(summary.stateRoots).size === 1 && new Set(summary.consensusRoots).size === 1;
  const agreement = isAgreed
    ? 'Every node executed every block and reached the same state.'
    : 'The nodes did not reach the same state.';
  if (options.malicious === 0) return `Nobody attacked, and nobody was favoured. ${market} ${agreement}`;
  const rejected = `${formatCount(summary.rejectedBlocks)} blocks were rejected, ${formatCount(history.emptySlots.length)} rounds stayed without a block`;
  const act =
    options.act === 'invalid'
      ? `${PROTOCOLS[options.consensus].invalidAct}: ${rejected}`
      : PROTOCOLS[options.consensus].doubleAct;
  const proven = `${formatCount(summary.evidence)} offences were proven on the chain`;
  return `${act}, ${proven}, ${consequence(summary, options)}. ${market} ${agreement}`;
}

/** What became of the malicious node, read from its summary. */
function consequence({ nodes }: DemoSummary, { malicious }: DemoOptions): string {
  const offender = nodes.find(({ node }) => node === malicious);
  if (offender === undefined || hasTrust(offender)) return 'and its trust fell';
  const { deposit, jailed } = offender;
  return `and it is left with a deposit of ${deposit}, ${jailed ? 'jailed' : 'not jailed'}`;
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

function electionsSection({ summary, options }: DemoResult, svg: string): string {
  const { counted, electionRule } = PROTOCOLS[options.consensus];
  return section({
    title: 'Elections per node',
    text: electionRule,
    svg,
    caption: `${counted}. The dashed line is an equal share, ${equalShare(summary).toFixed(1)}.`,
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

const TRUST_TEXT =
  'Composite trust R is 35 % history H, 15 % votes V, 10 % deposit M and 40 % dynamic trust D, in points.';
const BOND_TEXT = 'This protocol knows no trust: blocks produced, and what the ledger holds of each node.';

function nodesSection({ summary, options }: DemoResult): string {
  const isTrusted = summary.nodes.every(hasTrust);
  const headings = isTrusted ? ['Trust R', 'H', 'V', 'M', 'D', 'Class'] : ['Blocks', 'Deposit', 'Jailed'];
  const cells = ['Node', 'Elections', ...headings].map((heading) => `<th scope="col">${heading}</th>`);
  const rows = summary.nodes.map((node) => nodeRow(node, node.node === options.malicious));
  return `<section>
<h2>The six nodes after the last block</h2>
<p>${isTrusted ? TRUST_TEXT : BOND_TEXT}</p>
<div class="scroll"><table>
<thead><tr>${cells.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</section>`;
}

function nodeRow(summary: NodeSummary, malicious: boolean): string {
  const { node, role, elections } = summary;
  const label = NODE_PROFILES[node - 1]?.label ?? role;
  return `<tr${malicious ? ' class="malicious"' : ''}><td><i style="background:${roleColour(role)}"></i>${node} ${label}</td><td>${elections}</td>${standingCells(summary)}</tr>`;
}

function standingCells(summary: NodeSummary): string {
  if (!hasTrust(summary)) {
    const { blocks, deposit, jailed } = summary;
    return `<td>${blocks}</td><td>${deposit}</td><td>${jailed ? 'yes' : 'no'}</td>`;
  }
  const { trust, tier } = summary;
  const parts = [trust.composite, trust.historical, trust.votes, trust.deposit, trust.dynamic];
  return `${parts.map((micro) => `<td>${formatPoints(micro)}</td>`).join('')}<td class="tier">${tier}</td>`;
}

function agreementSection({ result, wallSeconds, command }: ReportContent): string {
  const { summary, signatureLibrary, history } = result;
  const refusals = Object.entries(history.refusals).map(([code, count]) => `${code} ${formatCount(count)} times`);
  const facts: readonly (readonly [string, string])[] = [
    ['State roots', describeRoots(summary.stateRoots)],
    ['Consensus roots', describeRoots(summary.consensusRoots)],
    ['Finality', describeFinality(summary.finality)],
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

function footer({ input, options }: DemoResult): string {
  const { note } = PROTOCOLS[options.consensus];
  return `<footer>
${note === undefined ? '' : `<p>${escapeHtml(note)}</p>\n`}<p>The market rules (clearing, price, metering, settlement, penalties) are Fiducia’s own. The paper behind the trust model gives none: 王浩, 张惠林, 马立新, 建模与仿真 2023, 12(2), 985–994, DOI <a href="https://doi.org/10.12677/MOS.2023.122093">10.12677/MOS.2023.122093</a>.</p>
<p>Input: ${escapeHtml(input.source)}. One µ¤/Wh is 0.001 ¤/kWh; ¤ stands for any currency.</p>
</footer>`;
}
