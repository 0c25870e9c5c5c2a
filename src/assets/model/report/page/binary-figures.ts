import type { BinaryEvaluation } from '../../judge/index.ts';
import { type Html, html } from './html.ts';
import { count, figure } from './numbers.ts';

/** The four counts as a card among the charts. */
export function answersCard({ confusion: c, threshold }: BinaryEvaluation): Html {
  return html`<figure><h3>Answers at the threshold</h3><div class="wide"><table><thead><tr><th></th><th class="n">says yes</th><th class="n">says no</th><th class="n">all</th></tr></thead><tbody>
<tr><th>positives</th><td class="n good">${count(c.truePositives)}</td><td class="n bad">${count(c.falseNegatives)}</td><td class="n">${count(c.truePositives + c.falseNegatives)}</td></tr>
<tr><th>negatives</th><td class="n bad">${count(c.falsePositives)}</td><td class="n good">${count(c.trueNegatives)}</td><td class="n">${count(c.falsePositives + c.trueNegatives)}</td></tr>
<tr><th>all</th><td class="n">${count(c.truePositives + c.falsePositives)}</td><td class="n">${count(c.trueNegatives + c.falseNegatives)}</td><td class="n">${count(c.truePositives + c.falsePositives + c.trueNegatives + c.falseNegatives)}</td></tr>
</tbody></table></div><figcaption>Yes where the probability is at least ${figure(threshold)}.</figcaption></figure>`;
}
