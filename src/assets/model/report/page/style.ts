import { html } from './html.ts';

/** The look of a report: one column of text, charts two abreast where there is room; light or dark as the reader's system. */
export const STYLE = html`
:root { color-scheme: light dark; --paper: #fcfcfa; --card: #fff; --ink: #1c2128; --soft: #5d6673; --line: #e3e5e1; --main: #14697a; --main-soft: #14697a26; --warm: #c2571a; --bad: #b3261e; --good: #2c7a3f; --shade: #0000001a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1b1f23; --ink: #e4e7ea; --soft: #9aa4ae; --line: #2d333a; --main: #5cc0d3; --main-soft: #5cc0d32e; --warm: #f0955a; --bad: #f2857d; --good: #7ccb8d; --shade: #ffffff1f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
main { max-width: 1020px; margin: 0 auto; padding: 44px 28px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 12px; }
p { margin: 0 0 12px; max-width: 72ch; }
.under { color: var(--soft); margin-bottom: 22px; max-width: none; }
.lead { font-size: 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 8px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 27px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13.5px; }
nav { margin: 20px 0 0; color: var(--soft); font-size: 14.5px; } a { color: var(--main); }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
.wide { overflow-x: auto; --under: var(--paper); background: linear-gradient(90deg, var(--under) 45%, transparent) 0 0 / 40px 100% no-repeat local, linear-gradient(270deg, var(--under) 45%, transparent) 100% 0 / 40px 100% no-repeat local, linear-gradient(90deg, var(--shade), transparent) 0 0 / 14px 100% no-repeat scroll, linear-gradient(270deg, var(--shade), transparent) 100% 0 / 14px 100% no-repeat scroll; } figure .wide { --under: var(--card); }
th, td { text-align: left; padding: 7px 18px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-weight: 500; font-size: 13.5px; white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.why { color: var(--soft); font-size: 14px; min-width: 230px; }
.good { color: var(--good); } .bad { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); gap: 18px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; break-inside: avoid; }
figure h3 { margin: 0 0 6px; font-size: 15.5px; font-weight: 600; }
figcaption { color: var(--soft); font-size: 13.5px; line-height: 1.45; margin-top: 6px; }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); }
.tick { fill: var(--soft); font-size: 11px; } .label { fill: var(--soft); font-size: 12px; } .word { fill: var(--ink); font-size: 12px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.curve { fill: none; stroke: var(--main); stroke-width: 2.2; stroke-linejoin: round; }
.guide { fill: none; stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 5 4; }
.band { fill: var(--main-soft); } .dot { fill: var(--main); }
.here { fill: var(--warm); stroke: var(--card); stroke-width: 2; }
.negatives { fill: var(--soft); opacity: .65; } .positives { fill: var(--warm); } .bars { fill: var(--main); }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 4px; } .key.no { background: var(--soft); opacity: .65; } .key.yes { background: var(--warm); }
figure tbody tr:last-child > * { border-bottom: 0; } figure table { margin-top: 14px; } figure td.n { font-size: 19px; padding-top: 14px; padding-bottom: 14px; vertical-align: baseline; } figure tbody th { padding-top: 14px; padding-bottom: 14px; vertical-align: baseline; }
.rank td, .rank th { padding: 5px 12px 5px 0; } .rank .track { width: 40%; min-width: 80px; } .rank i { display: block; height: 12px; margin-top: 6px; border-radius: 3px; background: var(--main); min-width: 1px; }
.rank tbody th { font-weight: 400; max-width: 240px; overflow: hidden; text-overflow: ellipsis; } .charts + .wide { margin-top: 18px; }
.verdict { white-space: nowrap; } .soft { color: var(--soft); } .note { color: var(--soft); font-size: 14px; margin-top: 10px; }
section h3 { font-size: 16px; margin: 22px 0 8px; } figure h3, .card h3 { margin-top: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 4px 22px 16px; margin-top: 26px; }
.card h2 { margin: 18px 0 10px; } .card-parts { columns: 2 380px; column-gap: 36px; } .card-parts > div { break-inside: avoid; margin-bottom: 18px; }
.card p, .card li { font-size: 15px; } .card p { margin-bottom: 6px; } .card h3 { color: var(--main); font-size: 15px; margin-bottom: 4px; }
ul { margin: 0 0 10px; padding-left: 20px; } li { margin: 3px 0; overflow-wrap: anywhere; } .card p, p { overflow-wrap: anywhere; } td { overflow-wrap: break-word; } .plain td { overflow-wrap: anywhere; }
th.long { white-space: normal; min-width: 170px; overflow-wrap: anywhere; } td.said { min-width: 150px; }
.best { fill: none; stroke: var(--soft); stroke-width: 1; } .second { stroke: var(--warm); } .second + .dot, .second ~ .dot { fill: var(--warm); } .key.first { background: var(--main); }
.broad { grid-column: 1 / -1; } .matrix th { font-weight: 500; white-space: nowrap; } .matrix td.cell { text-align: center; padding: 8px 6px; font-variant-numeric: tabular-nums; border: 1px solid var(--line); }
.cell.right { background: color-mix(in srgb, var(--good) calc(var(--part) * .7), transparent); } .cell.wrong { background: color-mix(in srgb, var(--bad) calc(var(--part) * .7), transparent); }
figure table.plain, figure table.matrix { margin-top: 6px; } figure table.plain td.n, figure table.matrix td { font-size: 15px; padding-top: 6px; padding-bottom: 6px; } figure table.plain tbody th, figure table.matrix tbody th { padding-top: 6px; padding-bottom: 6px; }
.rank i.warn { background: var(--warm); } .rank td.n { white-space: nowrap; }
.swarm { margin-top: 18px; } .swarm svg { min-width: 620px; } .name { fill: var(--ink); font-size: 13px; }
.dots { fill: none; stroke-width: 5; stroke-linecap: round; opacity: .75; } .s0 { stroke: #2f6fd0; background: #2f6fd0; } .s1 { stroke: #7b74c8; } .s2 { stroke: #a46ba8; } .s3 { stroke: #c65f7f; } .s4 { stroke: #d9483b; background: #d9483b; } .none { stroke: #98a0a8; background: #98a0a8; }
details { margin: 14px 0; } summary { cursor: pointer; color: var(--main); font-size: 15px; }
@media (max-width: 640px) { .why { display: none; } main { padding: 26px 16px 48px; } h1 { font-size: 25px; } .lead { font-size: 16.5px; } .card { padding: 2px 14px 10px; } th, td { padding-right: 12px; } .tiles { grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); } .tile b { font-size: 23px; } }
footer { margin-top: 48px; color: var(--soft); font-size: 13.5px; }
@media print { nav { display: none; } body { background: #fff; } main { padding: 0; } }
`;
