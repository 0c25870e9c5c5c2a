import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareModels,
  evaluateBinary,
  evaluateMulticlass,
  evaluateRanking,
  evaluateRegression,
  FIGURES,
  type FigureName,
  figuresFor,
  leadingOf,
  surelyFor,
} from './index.ts';
import { evenNumbers } from './rows.fixture.ts';

const y = Float64Array.of(0, 1, 0, 1);
const p = Float64Array.of(0.1, 0.8, 0.3, 0.6);
const evaluations = [
  evaluateBinary({ target: y, probability: p, threshold: 0.5, cost: { falsePositive: 1, falseNegative: 1 } }),
  evaluateMulticlass({
    target: y,
    probabilities: Float64Array.from([...p].flatMap((v) => [v / 2, v / 2, 0.5 - v / 2, 0.5 - v / 2])),
    classes: ['a', 'b', 'c', 'd'],
  }),
  evaluateRegression({ target: y, predicted: p, quantile: 0.5, poisson: true }),
  evaluateRanking({ relevance: y, score: p, group: new Int32Array(4), items: { of: y, count: 2 } }),
];

test('each evaluation gives the figures that the table says its task has, and no others', () => {
  for (const { task, figures, intervals } of evaluations) {
    assert.deepEqual(Object.keys(figures).sort(), figuresFor(task).sort(), task);
    for (const name of Object.keys(intervals)) assert.ok(name in figures, `${task} ${name}`);
  }
});

test('of each figure that is said to have one an interval is told, and of no other; of differences too', () => {
  const even = evenNumbers(3);
  const rows = 400;
  const values = (): Float64Array => Float64Array.from({ length: rows }, even);
  const [score, other] = [values(), values()];
  const yes = score.map((p) => (even() < p ? 1 : 0));
  const own = Int32Array.from({ length: rows }, () => Math.floor(4 * even()));
  const shares = (): Float64Array =>
    Float64Array.from([...own].flatMap((c) => [0, 1, 2, 3].map((one) => (one === c ? 0.4 : 0.2))));
  const [blur, group] = [shares(), Int32Array.from(own, (_, row) => row >> 3)];
  for (let row = 0; row < rows; row += 2) blur.copyWithin(4 * row, 4 * row + 4, 4 * row + 8);
  const [counts, cost] = [yes, { falsePositive: 1, falseNegative: 2 }];
  const [classes, answers] = [['a', 'b', 'c', 'd'], { champion: score, challenger: other }];
  const loss = { quantile: 0.5, poisson: true };
  const told = [
    [
      evaluateBinary({ target: yes, probability: score, threshold: 0.5, cost }),
      compareModels({
        task: 'binary',
        target: yes,
        ...answers,
        cost,
        threshold: { champion: 0.5, challenger: 0.5 },
      }),
    ],
    [
      evaluateMulticlass({ target: own, probabilities: blur, classes }),
      compareModels({ task: 'multiclass', target: own, champion: blur, challenger: shares(), classes }),
    ],
    [
      evaluateRegression({ target: counts, predicted: score, ...loss }),
      compareModels({ task: 'regression', target: counts, ...answers, ...loss }),
    ],
    [
      evaluateRanking({ relevance: yes, score, group, items: { of: own, count: 4 } }),
      compareModels({ task: 'ranking', relevance: yes, ...answers, group }),
    ],
  ] as const;
  for (const [{ task, intervals }, { figures }] of told) {
    const having = (names: readonly FigureName[]): FigureName[] => names.toSorted();
    const known = (Object.keys(intervals) as FigureName[]).filter((name) => intervals[name]);
    assert.deepEqual(having(known), having(surelyFor(task, 'figure')), task);
    // Lists of eight have the same recall and precision at ten, whoever orders them.
    const apart = Object.keys(figures) as FigureName[];
    assert.deepEqual(having(apart), having(surelyFor(task, 'difference')), `${task}, differences`);
  }
});

test('every figure has a task, a label and a sentence', () => {
  for (const [name, { tasks, label, says }] of Object.entries(FIGURES)) {
    assert.ok(tasks.length > 0 && label.length > 1 && label.length < 26, name);
    assert.match(says, /^[A-Z].*\.$/, name);
  }
  const labels = (Object.keys(FIGURES) as FigureName[]).map((name) => FIGURES[name].label);
  assert.equal(new Set(labels).size, labels.length);
});

test('what a model was trained by is told first, where that is not the mean', () => {
  const [, , numbers, ranking] = evaluations;
  assert.deepEqual(leadingOf(numbers!).slice(0, 3), ['pinball', 'poissonDeviance', 'rmse']);
  assert.equal(leadingOf(evaluateRegression({ target: y, predicted: p }))[0], 'rmse');
  assert.equal(leadingOf(ranking!)[0], 'ndcg');
});
