import { FIGURES, type JudgedSlice, type Slices } from '../../judge/index.ts';
import { inSentence } from '../in-sentence.ts';
import { intervalInWords, inWords, signed } from './figures.ts';
import { type Html, html } from './html.ts';
import { count, share } from './numbers.ts';

/** Declared slices, then the worst that were found, each beside all other rows. */
export function slicesTable(slices: Slices): Html {
  const { declared, worst, tried, figure, minimumRows, unit = 'row' } = slices;
  const { label, better } = FIGURES[figure];
  const told = html`<p>Judged by ${inSentence(label)}, of which ${better} is better; of all ${unit}s it is ${inWords(figure, slices.value)}. A verdict is given only where it is clear of chance, also of that of having tried ${count(declared.length + tried)} slices, and from ${count(minimumRows)} ${unit}s on: the q-value is the share of false alarms among all that are as clear as this one.</p>`;
  const rows = (
    some: readonly JudgedSlice[],
  ): Html => html`<div class="wide"><table><thead><tr><th>slice</th><th class="n">${unit}s</th><th class="n">${label}</th><th class="n">all others</th><th class="n">difference</th><th class="n">95 % interval</th><th class="n">q-value</th><th>verdict</th></tr></thead><tbody>
${some.map((one) => html`<tr><th class="long">${one.name}</th><td class="n">${count(one.rows)}</td><td class="n">${inWords(figure, one.value)}</td><td class="n">${inWords(figure, one.rest)}</td><td class="n">${signed(figure, one.difference)}</td><td class="n soft">${intervalInWords(figure, one.differenceInterval)}</td><td class="n">${chance(one.falseAlarmShare)}</td><td class="verdict ${VERDICT[one.verdict]}">${one.verdict}</td></tr>\n`)}</tbody></table></div>`;
  return html`${told}${declared.length === 0 ? '' : html`<h3>Declared</h3>${rows(declared)}`}${
    worst.length === 0
      ? html`<p class="note">${tried === 0 ? `No slice was looked for, or none has enough ${unit}s.` : 'No slice that was tried is worse than the rest.'}</p>`
      : html`<h3>Found: the worst of ${count(tried)} tried, by the near end of their interval</h3>${rows(worst)}`
  }`;
}

/** Below a hundredth of a percent nobody reads on. */
const chance = (part: number | null): string =>
  part === null ? '' : part < 1e-4 ? '< 0.01\u00a0%' : share(part);

const VERDICT: Readonly<Record<JudgedSlice['verdict'], string>> = {
  worse: 'bad',
  better: 'good',
  undecided: 'soft',
  'too few rows': 'soft',
};
