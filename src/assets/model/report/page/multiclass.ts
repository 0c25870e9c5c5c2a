import type { MulticlassEvaluation } from '../../judge/index.ts';
import { calibrationChart, chart } from './binary-charts.ts';
import { type Html, html } from './html.ts';
import { count, figure, share } from './numbers.ts';

/** Classes shown in the matrix: those with most rows. */
const MOST = 12;

/** By true class, by answered class; each row shaded by the share of its class that went there. */
export function confusionTable({ classes, confusion, byClass }: MulticlassEvaluation): Html {
  const kept = [...classes.keys()]
    .sort((a, b) => (byClass[b]?.support ?? 0) - (byClass[a]?.support ?? 0) || a - b)
    .slice(0, MOST)
    .sort((a, b) => a - b);
  const cell = (truth: number, answer: number): Html => {
    const rows = confusion[truth]?.[answer] ?? 0;
    const part = rows / (confusion[truth]?.reduce((sum, n) => sum + n, 0) || 1);
    const kind = truth === answer ? 'right' : 'wrong';
    return html`<td class="cell ${kind}" style="--part:${Math.round(100 * part)}%" title="${share(part)}">${count(rows)}</td>`;
  };
  const more = classes.length - kept.length;
  return html`<figure class="broad"><h3>Answers by true class</h3><div class="wide"><table class="matrix"><thead><tr><th>truth ↓ answer →</th>${kept.map((c) => html`<th>${classes[c] as string}</th>`)}</tr></thead><tbody>
${kept.map((truth) => html`<tr><th>${classes[truth] as string}</th>${kept.map((answer) => cell(truth, answer))}</tr>\n`)}</tbody></table></div><figcaption>The darker, the larger the share of a class that was answered so.${more > 0 ? ` ${more} rarer classes are left out.` : ''}</figcaption></figure>`;
}

export function multiclassCharts(evaluation: MulticlassEvaluation): Html[] {
  return [
    classTable(evaluation),
    ...(evaluation.calibrationCurve.length > 0
      ? [
          calibrationChart(
            evaluation,
            html`Of the likeliest class: is its probability the share of rows in which it is right.`,
          ),
        ]
      : []),
    ...(evaluation.topAccuracy.length > 0 ? [topTable(evaluation)] : []),
  ];
}

function classTable({ byClass }: MulticlassEvaluation): Html {
  return html`<figure class="broad"><h3>By class</h3><div class="wide"><table class="plain"><thead><tr><th>class</th><th class="n">rows</th><th class="n">precision</th><th class="n">recall</th><th class="n">F1</th><th class="n">ROC-AUC</th></tr></thead><tbody>
${byClass.map((one) => html`<tr><th>${one.class}</th><td class="n">${count(one.support)}</td><td class="n">${figure(one.precision)}</td><td class="n">${figure(one.recall)}</td><td class="n">${figure(one.f1)}</td><td class="n">${figure(one.rocAuc)}</td></tr>\n`)}</tbody></table></div><figcaption>Each class against the rest.</figcaption></figure>`;
}

function topTable({ topAccuracy }: MulticlassEvaluation): Html {
  return chart(
    'Among the likeliest',
    html`<table class="plain"><thead><tr><th>classes looked at</th><th class="n">the true one is among them</th></tr></thead><tbody>${topAccuracy.map(({ k, accuracy }) => html`<tr><th>${k}</th><td class="n">${share(accuracy)}</td></tr>`)}</tbody></table>`,
    html`How often the true class is one of the k with the highest probabilities.`,
  );
}
