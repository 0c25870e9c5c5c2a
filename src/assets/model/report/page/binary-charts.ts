import type { BinaryEvaluation } from '../../judge/index.ts';
import { type Html, html } from './html.ts';
import { amount, compact, count, figure, share } from './numbers.ts';
import { ACROSS, type Axis, band, bar, curve, dots, marked, type Point, plot, UP } from './plot.ts';
import { linear, root, tenfold } from './scale.ts';

const plain = (value: number) => String(Number(value.toPrecision(6)));
const from0to1 = (label: string, side: 'x' | 'y'): Axis => ({
  scale: linear(0, 1, side === 'x' ? ACROSS : UP),
  label,
  tick: plain,
});

/** The charts of a binary classifier; one that its rows do not define is left out. */
export function binaryCharts(evaluation: BinaryEvaluation, unit?: string): Html[] {
  const { rocCurve, prCurve, calibrationCurve, costCurve, gainCurve, rows } = evaluation;
  return [
    ...(rocCurve.length > 0 ? [rocChart(evaluation)] : []),
    ...(prCurve.length > 0 ? [prChart(evaluation)] : []),
    ...(calibrationCurve.length > 0 ? [calibrationChart(evaluation)] : []),
    ...(costCurve.length > 0 ? [costChart(evaluation, unit)] : []),
    ...(gainCurve.length > 0 ? [gainChart(evaluation)] : []),
    ...(rows > 0 ? [histogramChart(evaluation)] : []),
  ];
}

/** One chart with its heading and what to look for. */
export function chart(heading: string, drawing: Html, caption: Html): Html {
  return html`<figure><h3>${heading}</h3>${drawing}<figcaption>${caption}</figcaption></figure>`;
}

function rocChart({ rocCurve, rocAuc, confusion }: BinaryEvaluation): Html {
  const x = from0to1('false positive rate', 'x');
  const y = from0to1('true positive rate', 'y');
  const here: Point = [1 - (confusion.specificity ?? 0), confusion.recall ?? 0];
  return chart(
    `ROC curve, area ${figure(rocAuc)}`,
    plot('ROC curve', x, y, [
      curve('guide', x, y, [
        [0, 0],
        [1, 1],
      ]),
      curve(
        'curve',
        x,
        y,
        rocCurve.map((p) => [p.falsePositiveRate, p.truePositiveRate]),
      ),
      marked(x, y, here, 'threshold', 'below'),
    ]),
    html`How many positives are found for how many negatives disturbed. Guessing is the dashed line.`,
  );
}

function prChart({ prCurve, prAuc, positives, rows, confusion }: BinaryEvaluation): Html {
  const x = from0to1('recall', 'x');
  const y = from0to1('precision', 'y');
  const base = positives / rows;
  const { precision, recall } = confusion;
  return chart(
    `Precision and recall, average precision ${figure(prAuc)}`,
    plot('Precision–recall curve', x, y, [
      curve('guide', x, y, [
        [0, base],
        [1, base],
      ]),
      curve(
        'curve',
        x,
        y,
        prCurve.map((p) => [p.recall, p.precision]),
      ),
      ...(precision === null ? [] : [marked(x, y, [recall ?? 0, precision], 'threshold', 'above')]),
    ]),
    html`How many yes answers are right as more positives are found. Guessing gives ${share(base)}, the dashed line.`,
  );
}

/** How true probabilities are. */
export function calibrationChart(
  {
    calibrationCurve,
    calibrationError,
    ece,
    eceNull,
  }: Pick<BinaryEvaluation, 'calibrationCurve' | 'calibrationError' | 'ece' | 'eceNull'>,
  what: Html | string = '',
): Html {
  const most = Math.max(...calibrationCurve.flatMap((b) => [b.meanProbability, b.positiveRate, b.nullHigh]));
  const middle = calibrationCurve[calibrationCurve.length >> 1]?.meanProbability ?? 0;
  // Of a rare class most bins lie near 0: on even steps they would be one blot in the corner.
  const crowded = middle < most / 8;
  const high = Math.min(1, most * 1.05) || 1;
  const axis = (label: string, pixels: readonly [number, number]): Axis => ({
    scale: crowded ? root(high, pixels) : linear(0, high, pixels),
    label,
    tick: plain,
  });
  const x = axis('predicted probability', ACROSS);
  const y = axis('share that came true', UP);
  const at = (value: 'positiveRate' | 'nullLow' | 'nullHigh') =>
    calibrationCurve.map((bin): Point => [bin.meanProbability, bin[value]]);
  return chart(
    `Calibration, error ${figure(calibrationError)}`,
    plot('Calibration curve', x, y, [
      band(x, y, at('nullLow'), at('nullHigh')),
      curve('guide', x, y, [
        [0, 0],
        [high, high],
      ]),
      curve('curve', x, y, at('positiveRate')),
      dots(x, y, at('positiveRate')),
    ]),
    html`${what} Dots of about equally many rows. The band is where 95 % of them fall by chance if the probabilities are true. Raw error (ECE) ${figure(ece)}, ${figure(eceNull?.mean ?? null)} by chance alone.${crowded ? ' Square-root scales.' : ''}`,
  );
}

function costChart(
  { costCurve, costOfAllNo, costOfAllYes, expectedCost, threshold }: BinaryEvaluation,
  unit?: string,
): Html {
  const thousand = costCurve.map((p): Point => [Math.min(1, p.threshold), p.cost * 1000]);
  const here = (expectedCost ?? 0) * 1000;
  const costs = [...thousand.map(([, cost]) => cost), here, (costOfAllNo ?? 0) * 1000];
  const high = Math.max(...costs, 0) * 1.05 || 1;
  // Where right answers bring something, costs may fall below 0.
  const low = Math.min(...costs, 0) * 1.05;
  const crowded = threshold < 0.15;
  const x: Axis = {
    scale: crowded ? root(1, ACROSS) : linear(0, 1, ACROSS),
    label: 'threshold',
    tick: plain,
  };
  const y: Axis = {
    scale: linear(low, high, UP),
    label: `${unit ?? 'cost'} per 1,000 predictions`,
    tick: compact,
  };
  const allNo = (costOfAllNo ?? 0) * 1000;
  return chart(
    `Cost, ${amount(here)}${unit === undefined ? '' : ` ${unit}`} per 1,000 predictions`,
    plot('Cost by threshold', x, y, [
      curve('guide', x, y, [
        [0, allNo],
        [1, allNo],
      ]),
      curve('curve', x, y, thousand),
      marked(x, y, [Math.min(1, threshold), here], 'threshold', here > high / 8 ? 'below' : 'above'),
    ]),
    html`What wrong answers cost by threshold. Always no costs ${amount(allNo)} (dashed), always yes ${amount((costOfAllYes ?? 0) * 1000)}. The threshold was chosen on earlier rows, so it need not be the lowest point.${crowded ? ' Square-root scale across.' : ''}`,
  );
}

function gainChart({ gainCurve, figures, positives, rows }: BinaryEvaluation): Html {
  const x = from0to1('share of all rows, highest scores first', 'x');
  const y = from0to1('share of the positives', 'y');
  const perfect = Math.min(1, positives / rows);
  const tenth = gainCurve.find(({ share }) => share >= 0.1);
  return chart(
    `Gain, lift ${amount(figures.liftAt10 ?? null)} in the first tenth`,
    plot('Gain curve', x, y, [
      curve('guide', x, y, [
        [0, 0],
        [1, 1],
      ]),
      curve('best', x, y, [
        [0, 0],
        [perfect, 1],
        [1, 1],
      ]),
      curve(
        'curve',
        x,
        y,
        gainCurve.map(({ share, gain }) => [share, gain]),
      ),
      ...(tenth === undefined ? [] : [marked(x, y, [tenth.share, tenth.gain], 'first tenth', 'below')]),
    ]),
    html`How many of the positives are among the rows with the highest scores. Dashed: at random; thin: the best that is possible.`,
  );
}

function histogramChart({ scoreHistogram, positives, rows }: BinaryEvaluation): Html {
  const high = Math.max(...scoreHistogram.flatMap((b) => [b.negatives, b.positives]));
  const x = from0to1('predicted probability', 'x');
  const y: Axis = { scale: tenfold(high, UP), label: 'rows', tick: count };
  return chart(
    'Predicted probabilities',
    plot(
      'Rows by predicted probability',
      x,
      y,
      scoreHistogram.flatMap(({ from, to, negatives, positives }) => [
        bar('negatives', x, y, [from, to], negatives, [0.08, 0.5]),
        bar('positives', x, y, [from, to], positives, [0.5, 0.92]),
      ]),
    ),
    html`<span class="key no"></span>${count(rows - positives)} negatives, <span class="key yes"></span>${count(positives)} positives. Each line up is tenfold.`,
  );
}
