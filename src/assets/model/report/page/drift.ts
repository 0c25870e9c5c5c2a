import { DRIFTED_PSI } from '../drift.ts';
import type { ModelReport } from '../model-report.ts';
import { firstRows } from '../rows-used.ts';
import { type Html, html } from './html.ts';
import { count, figure, share } from './numbers.ts';

/** Inputs shown; the rest is one line. */
const MOST = 25;

/** How the rows judged by differ from those learnt from. */
export function driftTable(report: ModelReport): Html {
  const { drift } = report;
  const drifted = drift.filter((one) => one.drifted).length;
  const bar = (psi: number): Html =>
    html`<i class="${psi >= DRIFTED_PSI ? 'warn' : ''}" style="width:${Math.min(100, (100 * psi) / 0.5).toFixed(1)}%"></i>`;
  return html`<p>${drifted === 0 ? 'No input' : `${count(drifted)} of ${count(drift.length)} inputs`} of the rows judged by ${drifted === 1 ? 'is' : drifted === 0 ? 'is' : 'are'} clearly unlike ${drifted === 1 || drifted === 0 ? 'that' : 'those'} of ${firstRows(report)}. The index (PSI) has what chance makes of parts of this size taken off: below ${DRIFTED_PSI} little has moved, above 0.25 much.</p>
<div class="wide"><table class="rank"><thead><tr><th>input</th><th></th><th class="n">PSI</th><th class="n">by chance</th><th class="n">shift / σ</th><th class="n">missing, train</th><th class="n">missing, test</th><th class="n">never seen</th><th>verdict</th></tr></thead><tbody>
${drift.slice(0, MOST).map((one) => html`<tr><th>${one.input}</th><td class="track">${bar(one.psi)}</td><td class="n">${figure(one.psi)}</td><td class="n soft">${figure(one.chance)}</td><td class="n">${one.shift === null ? '' : figure(one.shift)}</td><td class="n">${share(one.missing.train)}</td><td class="n">${share(one.missing.test)}</td><td class="n">${one.unseen === 0 ? '' : share(one.unseen)}</td><td class="bad verdict">${one.drifted ? 'drifted' : ''}</td></tr>\n`)}${drift.length > MOST ? html`<tr><th>${drift.length - MOST} more</th><td></td><td class="n">less</td><td></td><td></td><td></td><td></td><td></td><td></td></tr>` : ''}</tbody></table></div>`;
}
