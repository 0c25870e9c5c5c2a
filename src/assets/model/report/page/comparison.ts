import type { FigureComparison, FigureName } from '../../judge/index.ts';
import { FIGURES } from '../../judge/index.ts';
import type { ModelReport } from '../model-report.ts';
import { intervalInWords, inWords, signed } from './figures.ts';
import { type Html, html } from './html.ts';
import { count } from './numbers.ts';

/** Both models on the same rows, figure by figure. */
export function comparisonTable({ champion, figures, rows }: NonNullable<ModelReport['comparison']>): Html {
  const all = Object.entries(figures) as [FigureName, FigureComparison][];
  const kind = { better: 'good', worse: 'bad', undecided: 'soft' } as const;
  return html`<p>Against ${champion}, on the same ${count(rows)} rows: what is hard about a row is so for both, so differences are surer than the figures by themselves. An interval is of its figure alone; a verdict is given only where a difference is clear of chance, also of that of looking at ${count(all.length)} figures.</p>
<div class="wide"><table><thead><tr><th>figure</th><th class="n">${champion}</th><th class="n">this one</th><th class="n">difference</th><th class="n">95 % interval</th><th>verdict</th></tr></thead><tbody>
${all.map(([name, one]) => html`<tr><th>${FIGURES[name].label}</th><td class="n">${inWords(name, one.champion)}</td><td class="n">${inWords(name, one.challenger)}</td><td class="n">${signed(name, one.difference)}</td><td class="n soft">${intervalInWords(name, one.interval)}</td><td class="${kind[one.verdict]}">${one.verdict}</td></tr>\n`)}</tbody></table></div>`;
}
