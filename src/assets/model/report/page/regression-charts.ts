import type { RegressionEvaluation } from '../../judge/index.ts';
import { chart } from './binary-charts.ts';
import { type Html, html } from './html.ts';
import { compact, count, share } from './numbers.ts';
import { ACROSS, type Axis, bar, curve, dots, type Point, plot, UP } from './plot.ts';
import { linear } from './scale.ts';

/** The charts of a regressor; none without rows. */
export function regressionCharts(evaluation: RegressionEvaluation): Html[] {
  return evaluation.rows === 0 ? [] : [predictionChart(evaluation), errorChart(evaluation)];
}

function predictionChart({ predictionCurve, quantile }: RegressionEvaluation): Html {
  const ends = predictionCurve.flatMap((bin) => [bin.meanPrediction, bin.meanTarget]);
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const room = (high - low || 1) * 0.05;
  const x: Axis = { scale: linear(low - room, high + room, ACROSS), label: 'predicted', tick: compact };
  const y: Axis = {
    scale: linear(low - room, high + room, UP),
    label: 'what came true, mean',
    tick: compact,
  };
  const points = predictionCurve.map((bin): Point => [bin.meanPrediction, bin.meanTarget]);
  return chart(
    'Predicted and true',
    plot('Mean target by prediction', x, y, [
      curve('guide', x, y, [
        [low - room, low - room],
        [high + room, high + room],
      ]),
      curve('curve', x, y, points),
      dots(x, y, points),
    ]),
    html`Dots of about equally many rows. On the dashed line predictions are right on average${quantile === null ? '' : `, which those of a quantile (here ${quantile}) are not meant to be`}.`,
  );
}

function errorChart({ errorHistogram, quantile }: RegressionEvaluation): Html {
  const low = errorHistogram[0]?.from ?? 0;
  const high = errorHistogram.at(-1)?.to ?? 1;
  const most = Math.max(...errorHistogram.map((bar) => bar.rows));
  const x: Axis = {
    scale: low === high ? linear(low - 1, high + 1, ACROSS) : linear(low, high, ACROSS),
    label: 'error: predicted − true',
    tick: compact,
  };
  const y: Axis = { scale: linear(0, most * 1.05, UP), label: 'rows', tick: count };
  return chart(
    'Errors',
    plot(
      'Rows by error',
      x,
      y,
      errorHistogram.map(({ from, to, rows }) =>
        bar('bars', x, y, from === to ? [from - 0.1, to + 0.1] : [from, to], rows, [0.06, 0.94]),
      ),
    ),
    html`Right of 0 the prediction was too high, left of it too low${quantile === null ? '' : `; of the quantile ${quantile} it should be too high for ${share(quantile)} of the rows`}.`,
  );
}
