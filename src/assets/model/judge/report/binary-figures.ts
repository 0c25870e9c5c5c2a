import type { BinaryEvaluation } from '../evaluation.ts';
import { type Html, html } from './html.ts';
import { amount, count, figure, share } from './numbers.ts';
import { figuresTable, tiles } from './tables.ts';

/** Figures of a binary classifier in words, in tiles and as tables. */
export function binaryFigures(evaluation: BinaryEvaluation): Html {
  return html`${lead(evaluation)}
${tiles([
  ['ROC-AUC', figure(evaluation.rocAuc)],
  ['PR-AUC', figure(evaluation.prAuc)],
  ['log loss', figure(evaluation.logLoss)],
  ['calibration error', figure(evaluation.calibrationError)],
  ...(evaluation.expectedCost === null
    ? []
    : [['cost per 1,000', amount(evaluation.expectedCost * 1000)] as const]),
])}
<h2>Key figures</h2>
${keyFigures(evaluation)}`;
}

function lead({
  confusion,
  threshold,
  expectedCost,
  costOfAllNo,
  costOfAllYes,
  rows,
}: BinaryEvaluation): Html {
  if (rows === 0) return html`<p class="lead">There were no rows to judge it on.</p>`;
  const { precision, recall, yesShare } = confusion;
  const right = precision === null ? 'It never says yes' : `${share(precision)} of its yes answers are right`;
  const found =
    recall === null ? 'there were no positives to find' : `it finds ${share(recall)} of the positives`;
  const words = html`With the threshold at ${figure(threshold)} it says yes to ${share(yesShare)} of cases. ${right}, and ${found}.`;
  if (expectedCost === null) return html`<p class="lead">${words}</p>`;
  const [cheapest, name] = withoutModel(costOfAllYes ?? 0, costOfAllNo ?? 0);
  const saved = cheapest === 0 ? null : 1 - expectedCost / cheapest;
  const beside =
    saved === null
      ? ''
      : saved >= 0
        ? ` That is ${share(saved)} less than answering ${name}, the cheapest one can do without a model.`
        : ` That is ${share(-saved)} more than answering ${name}: at this cost the model is not worth using.`;
  return html`<p class="lead">${words} Wrong answers cost ${amount(expectedCost * 1000)} per 1,000 predictions.${beside}</p>`;
}

function withoutModel(allYes: number, allNo: number): [cost: number, name: string] {
  return allYes < allNo ? [allYes, 'always yes'] : [allNo, 'always no'];
}

function keyFigures(evaluation: BinaryEvaluation): Html {
  const { baseline, ece, eceNull, positives, rows, confusion, costOfAllNo, costOfAllYes, cost } = evaluation;
  const [cheapest, name] = withoutModel(costOfAllYes ?? 0, costOfAllNo ?? 0);
  const chance = `ECE ${figure(ece)} less the ${figure(eceNull?.mean ?? null)} that chance makes (up to ${figure(eceNull?.q95 ?? null)} in 95% of draws)`;
  return figuresTable([
    [
      'ROC-AUC',
      figure(evaluation.rocAuc),
      '0.500',
      'chance that a random positive scores above a random negative',
    ],
    [
      'PR-AUC',
      figure(evaluation.prAuc),
      figure(rows === 0 ? null : positives / rows),
      'average precision over all recalls',
    ],
    ['Log loss', figure(evaluation.logLoss), figure(baseline.logLoss), 'in nats; lower is better'],
    [
      'Brier score',
      figure(evaluation.brier),
      figure(baseline.brier),
      'mean squared error of the probability; lower is better',
    ],
    ['Calibration error', figure(evaluation.calibrationError), '', chance],
    ['Precision', figure(confusion.precision), '', 'share of yes answers that are right'],
    ['Recall', figure(confusion.recall), '', 'share of positives found'],
    ['F1', figure(confusion.f1), '', 'harmonic mean of the two'],
    ['Accuracy', figure(confusion.accuracy), '', 'share of answers that are right'],
    ...(cost === null || evaluation.expectedCost === null
      ? []
      : [
          [
            'Cost per 1,000',
            amount(evaluation.expectedCost * 1000),
            amount(cheapest * 1000),
            `a false positive costs ${amount(cost.falsePositive)}, a false negative ${amount(cost.falseNegative)}; without a model: ${name}`,
          ] as const,
        ]),
  ]);
}

/** The four counts as a card among the charts. */
export function answersCard({ confusion: c, threshold }: BinaryEvaluation): Html {
  return html`<figure><h3>Answers at the threshold</h3><div class="wide"><table><thead><tr><th></th><th class="n">says yes</th><th class="n">says no</th><th class="n">all</th></tr></thead><tbody>
<tr><th>positives</th><td class="n good">${count(c.truePositives)}</td><td class="n bad">${count(c.falseNegatives)}</td><td class="n">${count(c.truePositives + c.falseNegatives)}</td></tr>
<tr><th>negatives</th><td class="n bad">${count(c.falsePositives)}</td><td class="n good">${count(c.trueNegatives)}</td><td class="n">${count(c.falsePositives + c.trueNegatives)}</td></tr>
<tr><th>all</th><td class="n">${count(c.truePositives + c.falsePositives)}</td><td class="n">${count(c.trueNegatives + c.falseNegatives)}</td><td class="n">${count(c.truePositives + c.falsePositives + c.trueNegatives + c.falseNegatives)}</td></tr>
</tbody></table></div><figcaption>Yes where the probability is at least ${figure(threshold)}.</figcaption></figure>`;
}
