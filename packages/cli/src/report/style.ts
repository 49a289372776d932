/**
 * The style sheet of the report.
 *
 * @module
 */

/** Inlined into the page, so that one file is all there is. */
export const STYLE_SHEET = `
:root {
  color-scheme: light dark;
  --sans: Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  --serif: Charter, 'Bitstream Charter', 'Iowan Old Style', 'Source Serif 4', 'Noto Serif', Georgia, serif;
  --mono: ui-monospace, 'SF Mono', 'JetBrains Mono', Menlo, Consolas, 'Liberation Mono', monospace;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1c2429; --ink-faint: #5a666e; --rule: #e3dfd5;
  --accent: #b3261e; --demand: #a8391f; --supply: #1f6f8b;
  --wind: #2a7f9e; --pv: #c98a00; --hydro: #2d55a5; --integrated: #5f8727; --grid: #a39d8d; --user: #b8402a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #13171a; --card: #1a1f23; --ink: #e9e6df; --ink-faint: #9ba6ad; --rule: #2d343a;
    --accent: #ff8a7a; --demand: #f08a6c; --supply: #63b9d6;
    --wind: #5db5d5; --pv: #eeb63e; --hydro: #7fa4f2; --integrated: #a3c560; --grid: #7d7a70; --user: #f0785f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 4.5rem 1.5rem 3rem; background: var(--paper); color: var(--ink);
  font: 400 1.0625rem/1.6 var(--serif); text-rendering: optimizeLegibility; -webkit-font-smoothing: antialiased;
}
main, footer { max-width: 61rem; margin: 0 auto; }
header { max-width: 46rem; }
.eyebrow, th, .figure dt, figcaption, .legend, footer { font-family: var(--sans); }
.eyebrow { margin: 0 0 .75rem; color: var(--ink-faint); font-size: .8125rem; letter-spacing: .02em; }
h1 { margin: 0 0 1rem; font-size: clamp(2rem, 4.6vw, 3rem); line-height: 1.1; font-weight: 600; letter-spacing: -.015em; text-wrap: balance; }
.lead { margin: 0; font-size: 1.1875rem; line-height: 1.55; text-wrap: pretty; }
h2 { margin: 0; font-size: 1.375rem; line-height: 1.25; font-weight: 600; letter-spacing: -.005em; }
section { margin-top: 3.75rem; }
section > p { max-width: 43rem; margin: .5rem 0 0; color: var(--ink-faint); text-wrap: pretty; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0; margin: 2.75rem 0 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
.figure { padding: 1.1rem 1rem 1.15rem 0; }
.figure dt { color: var(--ink-faint); font-size: .8125rem; }
.figure dd { margin: .15rem 0 0; font: 500 1.625rem/1.2 var(--sans); font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.figure dd small { font-size: .875rem; font-weight: 400; color: var(--ink-faint); letter-spacing: 0; }
figure { margin: 1.5rem 0 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure.wide .plot { overflow-x: auto; }
figure.wide svg { min-width: 36rem; }
figcaption { color: var(--ink-faint); font-size: .8125rem; line-height: 1.5; }
figcaption { margin-top: .75rem; max-width: 46rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 3.75rem 4rem; margin-top: 3.75rem; }
.pair section { margin-top: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: .8125rem; color: var(--ink-faint); }
.legend i { display: inline-block; width: .75rem; height: .75rem; margin-right: .45rem; border-radius: 2px; vertical-align: -1px; }
.legend i.line { height: 0; border-top: 2px solid var(--ink); border-radius: 0; vertical-align: 3px; }
.scroll { overflow-x: auto; margin-top: 1.25rem; }
table { width: 100%; border-collapse: collapse; font: 400 .9375rem/1.4 var(--sans); font-variant-numeric: tabular-nums; }
th { color: var(--ink-faint); font-size: .8125rem; font-weight: 400; text-align: right; }
th, td { padding: .55rem 0 .55rem 1.25rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
td { text-align: right; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
td.tier { font-size: .8125rem; letter-spacing: .02em; }
tr.malicious td { color: var(--accent); }
td i { display: inline-block; width: .6rem; height: .6rem; margin-right: .6rem; border-radius: 50%; }
a { color: inherit; text-decoration-color: var(--rule); text-underline-offset: .15em; }
code { font-family: var(--mono); font-size: .875em; overflow-wrap: anywhere; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.75rem; margin: 1.25rem 0 0; font-family: var(--sans); font-size: .9375rem; }
dl.facts dt { color: var(--ink-faint); }
dl.facts dd { margin: 0; }
footer { margin-top: 4.5rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); color: var(--ink-faint); font-size: .8125rem; }
footer p { max-width: 46rem; margin: 0 0 .6rem; }
@media (max-width: 40rem) { body { padding-top: 2.5rem; } dl.facts { grid-template-columns: 1fr; gap: .1rem; } dl.facts dd { margin-bottom: .6rem; } }
@media print { body { padding: 0; font-size: 10.5pt; } section, .pair section { break-inside: avoid; } }
`;
