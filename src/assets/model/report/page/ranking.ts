import type { RankingEvaluation } from '../../judge/index.ts';
import { chart } from './binary-charts.ts';
import { type Html, html } from './html.ts';
import { count, figure, share } from './numbers.ts';
import { ACROSS, type Axis, curve, dots, type Point, plot, UP } from './plot.ts';
import { linear } from './scale.ts';

/** NDCG and recall by how many places are looked at. */
export function rankingCharts({ at, groups, groupsWithoutRelevant, rows }: RankingEvaluation): Html[] {
  if (at.length === 0 || rows === 0) return [];
  const most = Math.max(...at.map(({ k }) => k));
  const x: Axis = { scale: linear(0, most, ACROSS), label: 'places looked at', tick: count };
  const y: Axis = {
    scale: linear(0, 1, UP),
    label: 'share',
    tick: (value) => String(Number(value.toPrecision(3))),
  };
  const line = (name: 'ndcg' | 'recall', kind: string): Html => {
    const points = at.flatMap((one): Point[] => (one[name] === null ? [] : [[one.k, one[name]]]));
    return html`${curve(kind, x, y, points)}${dots(x, y, points)}`;
  };
  return [
    chart(
      'NDCG and recall by place',
      plot('NDCG and recall by places looked at', x, y, [
        line('ndcg', 'curve'),
        line('recall', 'curve second'),
      ]),
      html`<span class="key first"></span>NDCG: what the places hold, higher ones counting more, as a share of the best order. <span class="key yes"></span>Recall: the share of the relevant items that stand there.`,
    ),
    html`<figure><h3>By place</h3><div class="wide"><table class="plain"><thead><tr><th>first</th><th class="n">NDCG</th><th class="n">recall</th><th class="n">precision</th><th class="n">hit rate</th></tr></thead><tbody>
${at.map((one) => html`<tr><th>${one.k}</th><td class="n">${figure(one.ndcg)}</td><td class="n">${figure(one.recall)}</td><td class="n">${figure(one.precision)}</td><td class="n">${figure(one.hitRate)}</td></tr>\n`)}</tbody></table></div><figcaption>${count(groups)} lists, ${share(groups === 0 ? null : groupsWithoutRelevant / groups)} of them without anything relevant.</figcaption></figure>`,
  ];
}
