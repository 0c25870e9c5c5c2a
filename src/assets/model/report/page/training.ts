import type { ModelReport } from '../model-report.ts';
import { chart } from './binary-charts.ts';
import { type Html, html } from './html.ts';
import { count, figure } from './numbers.ts';
import { ACROSS, type Axis, curve, dots, type Point, plot, UP } from './plot.ts';
import { linear } from './scale.ts';

/** How the training went: notes, losses, and the trials of a search. */
export function trainingNotes(report: ModelReport): Html {
  const { training, trainer, calibrated } = report;
  const { rounds, trainLoss, validationLoss, search, notes } = training;
  const parameters = Object.entries(search === undefined ? trainer.options : search.chosen);
  const told = [
    ...(rounds > 0 ? [`${count(rounds)} ${rounds === 1 ? 'round' : 'rounds'}`] : []),
    ...(trainLoss === null ? [] : [`loss ${figure(trainLoss)} on the rows learnt from`]),
    ...(validationLoss === null ? [] : [`${figure(validationLoss)} on the validation rows`]),
    ...(calibrated === undefined ? [] : [`probabilities calibrated: ${calibrated}`]),
  ];
  return html`${told.length === 0 ? '' : html`<p>${told.join(', ')}.</p>`}${notes.length === 0 ? '' : html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`}${
    parameters.length === 0
      ? html`<p class="note">All parameters are the trainer’s own.</p>`
      : html`<div class="wide"><table class="plain"><tbody>${parameters.map(([name, value]) => html`<tr><th>${name}</th><td>${typeof value === 'string' ? value : JSON.stringify(value)}</td></tr>\n`)}</tbody></table></div>`
  }${search === undefined ? '' : searchChart(search)}`;
}

function searchChart({
  losses,
  done,
  pruned,
  failed,
  trial,
  loss,
}: NonNullable<ModelReport['training']['search']>): Html {
  const points = losses.flatMap((value, i): Point[] => (typeof value === 'number' ? [[i, value]] : []));
  const said = html`${count(done)} trials ran to their end, ${count(pruned)} were stopped, ${count(failed)} could not be trained. Trial ${trial} was best, with a loss of ${figure(loss)}.`;
  if (points.length < 2) return html`<p>${said}</p>`;
  const values = points.map(([, value]) => value);
  // Trials far off the others would flatten all of them.
  const sorted = values.toSorted((a, b) => a - b);
  const high = (sorted[Math.floor(0.9 * (sorted.length - 1))] as number) || 1;
  const low = sorted[0] as number;
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  const x: Axis = {
    scale: linear(0, Math.max(1, losses.length - 1), ACROSS),
    label: 'trial, from 0 on',
    tick: count,
  };
  const y: Axis = {
    scale: linear(low - room, high + room, UP),
    label: 'loss',
    tick: (v) => String(Number(v.toPrecision(4))),
  };
  let best = Number.POSITIVE_INFINITY;
  const bestSoFar = points.map(([i, value]): Point => {
    best = Math.min(best, value);
    return [i, Math.min(best, high + room)];
  });
  const shown = points.filter(([, value]) => value <= high + room);
  return html`<div class="charts">${chart('Search', plot('Loss by trial', x, y, [curve('curve', x, y, bestSoFar), dots(x, y, shown)]), said)}</div>`;
}
