import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APPROVAL } from '../../../../graph/index.ts';
import type { CheckResult } from '../../../../store/state/index.ts';
import type { CostSpec, ModelBody, Task, TrainerSpec } from '../../spec.ts';
import { cardMarkdown } from '../markdown.ts';
import type { ModelReport } from '../model-report.ts';
import { renderReport } from '../page/page.ts';
import { labelledRows, reportFor } from '../report.fixture.ts';
import { cardOf } from './card.ts';

const BINARY: readonly Task[] = ['binary'];
const ALL: readonly Task[] = ['binary', 'multiclass', 'regression', 'ranking'];
const sides = { user: ['country'], item: ['abroad'] };

/** Trainers that fit here, with what they can tell. */
const FITTED: readonly (readonly [TrainerSpec, readonly Task[]])[] = [
  [{ trainer: 'gbdt', options: { trees: 10 } }, ALL],
  [{ trainer: 'gbdt', options: { trees: 10, quantile: 0.9 } }, ['regression']],
  [{ trainer: 'gbdt', options: { trees: 10, objective: 'poisson' } }, ['regression']],
  [{ trainer: 'logistic', options: {} }, ['binary', 'multiclass']],
  [{ trainer: 'linear', options: {} }, ['regression']],
  [{ trainer: 'isolationForest', options: { trees: 10 } }, BINARY],
  [{ trainer: 'factorization', options: { ...sides, epochs: 2 } }, ['binary', 'regression', 'ranking']],
  [{ trainer: 'baseline', options: {} }, ALL],
];

/** Trainers that work elsewhere, or are the project's own: what they give is told as a fit of ours is, and some of it nobody knows. */
const ELSEWHERE: readonly TrainerSpec[] = [
  { trainer: 'onnx', options: { path: 'models/fraud.onnx' } },
  { trainer: 'mlflow', options: { experiment: 'fraud' } },
  { trainer: 'python', options: { script: 'train.py' } },
  { trainer: 'one_rule', options: { by: 'country' }, own: 1 },
];

const COSTS: readonly CostSpec[] = [
  { falsePositive: 5, falseNegative: 60 },
  { falsePositive: 1, falseNegative: 1, trueNegative: 0.6 },
  { falsePositive: 0, falseNegative: 10, truePositive: 40 },
  { falsePositive: 1000, falseNegative: 0.001 },
];

const textOf = (report: ModelReport): string => cardMarkdown(cardOf(report));

const bodyFor = (trainer: TrainerSpec, cost: CostSpec): Partial<ModelBody> => {
  return { trainer, cost, costUnit: 'EUR', purpose: ' ', notFor: [''], findSlices: false };
};

function holdsOfAll(report: ModelReport): void {
  const text = textOf(report);
  const said = JSON.stringify([report.trainer, report.task]);
  assert.doesNotMatch(text, /undefined|NaN|Infinity|\[object/, said);
  assert.doesNotMatch(text, /(?:^|\s)[-−][\d–]/m, `${said}: an amount below nothing`);
  assert.doesNotMatch(text, /\b0\s% (?:less|more|smaller|larger)/, `${said}: a difference of nothing`);
  assert.doesNotMatch(text, /^(?:- )?[.\s]*\.$/m, `${said}: an empty sentence`);
  assert.doesNotMatch(text, /\.\.|\s\.(?:\s|$)|: \./, `${said}: a sentence without its words`);
}

for (const [trainer, tasks] of FITTED)
  for (const task of tasks)
    test(`a card of ${trainer.trainer} ${JSON.stringify(trainer.options)} that tells ${task} says nothing false`, async () => {
      const plain = labelledRows(task, 1_200);
      // Counts, where rates are learnt.
      const labelled =
        trainer.options['objective'] === 'poisson'
          ? { ...plain, target: plain.target.map((value) => Math.max(0, Math.round(value / 10))) }
          : plain;
      for (const cost of task === 'binary' ? COSTS : COSTS.slice(0, 1)) {
        const report = await reportFor(task, { labelled, body: bodyFor(trainer, cost) });
        holdsOfAll(report);
        const text = textOf(report);
        assert.match(text, /It learnt from 840 rows .* and was judged on 180, parted by time; 180 were /);
        const stops = trainer.trainer === 'gbdt' || trainer.trainer === 'factorization';
        assert.equal(/there to stop\b|there to calibrate, stop/.test(text), stops);
        assert.doesNotMatch(text, /was stopped/);
        assert.equal(/left aside/.test(text), !stops && task !== 'binary');
        if (report.evaluation.task === 'binary' && report.evaluation.confusion.precision === null)
          assert.match(text, /It never says yes|on, which none of the rows judged by reaches\./);
        if (trainer.trainer === 'isolationForest')
          assert.doesNotMatch(
            text,
            /as a probability|higher probability|from a probability|Its probabilities/,
          );
      }
    });

for (const trainer of ELSEWHERE)
  for (const task of ALL)
    test(`a card of ${trainer.trainer} that tells ${task} claims nothing that nobody knows`, async () => {
      const here = await reportFor(task, { rows: 1_200, body: { purpose: '', notFor: [' '] } });
      const unknown = {
        rounds: 0,
        trainLoss: null,
        validationLoss: null,
        notes: ['', 'It came from there.'],
      };
      const data = { ...here.data, weighedBy: 'amount' };
      const report: ModelReport = { ...here, data, trainer, importance: {}, training: unknown };
      holdsOfAll(report);
      const text = textOf(report);
      assert.doesNotMatch(text, /Nothing was learnt|the same to all|was stopped/);
      const page = renderReport(report);
      assert.doesNotMatch(page, /Nothing was learnt/);
      const imported = trainer.trainer === 'onnx' || trainer.trainer === 'mlflow';
      const claims =
        /learnt from \d|rows learnt from|all it learnt|which it learnt|has seen:|days: of seasons|Trained by|later questions|not learn/;
      assert.equal(claims.test(text), !imported);
      assert.equal(/rows learnt from|it has not seen|to learn from/.test(page), !imported);
      assert.equal(/What it learnt from is not known\./.test(text), imported);
      if (imported) assert.doesNotMatch(text, /\bstop\b/);
      // Whether weights took part in a training of elsewhere nobody knows.
      assert.equal(/counts for its amount, in training/.test(text), trainer.own !== undefined);
      assert.match(text, /Each row counts for its amount, in /);
    });

test('that a person has yet to approve of it is no weakness, and that it stands on other failed gates is one', async () => {
  const report = await reportFor('binary', { formula: true, rows: 1_000 });
  const waits: CheckResult = {
    ...{ name: APPROVAL, passed: false, severity: 'block' },
    ...{ observed: 'not yet', wanted: 'millrace promote' },
  };
  const missed = { ...waits, name: 'rocAuc ≥ 0.99', observed: '0.9', wanted: '≥ 0.99' };
  const text = textOf({ ...report, checks: [waits, missed] });
  assert.doesNotMatch(text, /approved by a person/);
  assert.match(text, /Failed: rocAuc ≥ 0\.99: 0\.9 \(wanted ≥ 0\.99\)\./);
});

test('what right answers bring is told as brought, beside what always saying one thing would bring', async () => {
  const body = { ...bodyFor({ trainer: 'gbdt', options: { trees: 10 } }, COSTS[2] as CostSpec) };
  const text = textOf(await reportFor('binary', { rows: 3_000, body }));
  assert.match(
    text,
    /a right yes brings 40 EUR\. Over 1,000 decisions its answers bring [\d,]+ EUR; always answering no would cost [\d,]+ EUR, always yes would bring [\d,]+ EUR\./,
  );
  assert.match(
    text,
    /Over 1,000 decisions it is worth [\d,.]+ EUR (?:more|less) than the best|worth no more than the best/,
  );
});

test('a model of a quantile is told by its pinball loss and by how often it is enough, one of counts by its deviance', async () => {
  const quantile = { trainer: 'gbdt', options: { trees: 40, quantile: 0.9 } };
  const high = textOf(await reportFor('regression', { rows: 6_000, body: { trainer: quantile } }));
  assert.match(high, /It tells a number that minutes does not pass in 90\s% of cases/);
  assert.match(
    high,
    /Of the numbers it was judged by (?:8\d|9\d)(?:\.\d+)?\s% are no more than what it says; 90\s% are wanted\. Its pinball loss is [\d.]+\s% smaller than that of always answering the 90\s% quantile\./,
  );
  assert.match(
    high,
    /Its pinball loss is [\d.]+ \(95 % interval [\d.]+ to [\d.]+\); without a model [\d.]+\./,
  );
  assert.doesNotMatch(high, /RMSE|mean error|of the variance|always answering the mean/);
  const plain = labelledRows('regression', 6_000);
  const counts = { ...plain, target: plain.target.map((value) => Math.max(0, Math.round(value / 10))) };
  const poisson = { trainer: 'gbdt', options: { trees: 40, objective: 'poisson' } };
  const rates = textOf(await reportFor('regression', { labelled: counts, body: { trainer: poisson } }));
  assert.match(rates, /Its Poisson deviance is [\d.]+\s% smaller than that of always answering the mean\./);
  assert.match(rates, /Its Poisson deviance is [\d.]+ .*; without a model [\d.]+\./);
});
