import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  evaluateBinary,
  evaluateMulticlass,
  evaluateRanking,
  evaluateRegression,
} from '../../judge/index.ts';
import type { Task } from '../../spec.ts';
import { cardOf } from '../card/card.ts';
import { cardMarkdown } from '../markdown.ts';
import type { ModelReport } from '../model-report.ts';
import { labelledRows, reportFor } from '../report.fixture.ts';
import { html } from './html.ts';
import { amount, compact, figure, measure, share } from './numbers.ts';
import { renderReport } from './page.ts';
import { linear, root, tenfold } from './scale.ts';

const TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'ranking'];
const told = Object.fromEntries(
  await Promise.all(
    TASKS.map(
      async (task) => [task, await reportFor(task, { rows: 1_500, formula: task === 'binary' })] as const,
    ),
  ),
) as Record<Task, ModelReport>;

/** Tags that are opened and not closed, or closed and not open; void elements and SVG's self-closing ones aside. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^>]*?)?(\/?)>/g)) {
    if (self || name === 'meta') continue;
    if (!end) open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

function sound(page: string): void {
  assert.deepEqual(unbalanced(page), []);
  assert.doesNotMatch(page, /NaN|Infinity|undefined|\[object|<script|https?:|-0[<"]/);
}

/** What a browser shows of a page, line by line: charts are left out but for their titles. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<svg[^>]*aria-label="([^"]*)".*?<\/svg>/gs, '[$1]')
    .replace(/<\/(?:td|th)>/g, ' | ')
    .replace(/<\/?(?:p|h[1-3]|tr|li|figure|figcaption|section|div|title|summary|thead)[^>]*>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replace(
      /&(?:amp|lt|gt|quot|#39);/g,
      (entity) => ({ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" })[entity] as string,
    )
    .split('\n')
    .map((line) =>
      line
        .replace(/(?:\s*\|\s*)+$/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .join('\n');
}

for (const task of TASKS)
  test(`a page of a ${task} model is well formed, complete in itself, and shows the figures`, () => {
    const page = renderReport(told[task]);
    sound(page);
    const text = textOf(page);
    for (const wanted of ['In plain words', 'payments@4', 'Drift', 'usual_30d', '2026-07-19', 'screen@1'])
      assert.ok(text.includes(wanted), wanted);
    assert.ok(page.length < 90_000, `${page.length} characters`);
  });

test('with targets of 0 page and card tell that MAPE says nothing, and data have the number', async () => {
  const labelled = labelledRows('regression', 1_500);
  const some = { ...labelled, target: labelled.target.map((value, row) => (row % 9 === 0 ? 0 : value)) };
  const report = await reportFor('regression', { labelled: some });
  assert.ok((report.evaluation.figures.mape as number) > 1e10);
  const text = textOf(renderReport(report));
  assert.match(text, /^MAPE \| – \|/m);
  assert.match(
    text,
    /^MAPE says nothing here: there are targets of 0, or next to it, of which no error is a share\.$/m,
  );
  assert.doesNotMatch(text, /\d{9}/);
  assert.match(cardMarkdown(cardOf(report)), /\(MAPE\) says nothing here: there are numbers of 0/);
  assert.doesNotMatch(cardMarkdown(cardOf(report)), /(better|worse) in [^.]*MAPE/);
  // Without one it is told as any figure.
  assert.match(textOf(renderReport(told.regression)), /^MAPE \| \d/m);
  assert.doesNotMatch(cardMarkdown(cardOf(told.regression)), /MAPE\)/);
});

test('all that a page of a binary model says, word by word', async () => {
  const golden = new URL('golden/binary.txt', import.meta.url);
  const slices = [{ name: 'abroad', where: [{ column: 'abroad', from: 1 }] }];
  const body = { slices, purpose: 'Holds back payments', notFor: ['Decisions on credit'], costUnit: 'EUR' };
  const text = `${textOf(renderReport(await reportFor('binary', { formula: true, body })))}\n`;
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('no text from outside can be anything but text, on a page or a card', async () => {
  const report = async (text: string): Promise<ModelReport> => {
    const labelled = labelledRows('multiclass', 600, 3, (name) => `${name}${text}`);
    const base = await reportFor('multiclass', {
      labelled,
      body: { trainer: { trainer: 'baseline', options: {} } },
    });
    const check = { name: text, passed: false, severity: 'warn', observed: text, wanted: text } as const;
    return {
      ...base,
      ...{
        model: text,
        description: text,
        owner: text,
        purpose: text,
        target: text,
        keys: [text],
        costUnit: text,
      },
      ...{ notFor: [text], trainer: { trainer: text, options: { [text]: text } }, checks: [check] },
      data: { ...base.data, checks: [check], trainingSet: text, labels: text, sources: [text] },
      training: { ...base.training, notes: [text] },
    };
  };
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '\n# Heading\n\n[a](javascript:x) `',
    '<!--',
    '</style>',
  ];
  for (const text of hostile) {
    const given = await report(text);
    const page = renderReport(given);
    assert.deepEqual(unbalanced(page), []);
    assert.doesNotMatch(page, /<script|<img|<!--|<\/style>.*<\/style>/s);
    const card = cardMarkdown(cardOf(given));
    assert.doesNotMatch(card, /<|(?<!\\)\[|(?<!\\)`/);
    assert.equal(card.match(/^# /gm)?.length, 1);
  }
  assert.equal(
    html`<a title="${'"><b>'}">${['&', html`<i>${1}</i>`]}</a>`.markup,
    '<a title="&quot;&gt;&lt;b&gt;">&amp;<i>1</i></a>',
  );
});

test('pages of what is undefined are whole too', () => {
  const none = new Float64Array();
  const zero = Float64Array.of(0, 0);
  const cost = { falsePositive: 1, falseNegative: 1 };
  const classes = ['a', 'b'];
  const evaluations = [
    evaluateBinary({ target: none, probability: none, threshold: 0.5 }),
    evaluateBinary({ target: none, probability: none, threshold: 0.5, cost }),
    evaluateBinary({ target: zero, probability: zero, threshold: 0.5, cost }),
    evaluateBinary({ target: Float64Array.of(1, 1), probability: Float64Array.of(1, 1), threshold: 2 }),
    evaluateRegression({ target: none, predicted: none }),
    evaluateRegression({ target: zero, predicted: zero }),
    evaluateRegression({ target: Float64Array.of(-1e12, 1e-9, 3), predicted: Float64Array.of(5, 5, 1e-9) }),
    evaluateMulticlass({ target: none, probabilities: none, classes }),
    evaluateMulticlass({ target: zero, probabilities: Float64Array.of(1, 0, 1, 0), classes }),
    evaluateRanking({ relevance: none, score: none, group: [] }),
    evaluateRanking({ relevance: zero, score: zero, group: [0, 0] }),
  ];
  const nobody = { rows: 0, from: Number.NaN, to: Number.NaN, mean: null };
  const pages = evaluations.map((evaluation) => {
    const { comparison: _, why: __, ...base } = told[evaluation.task];
    const data = {
      ...base.data,
      inputs: [],
      checks: [],
      parts: { train: nobody, validation: nobody, test: nobody },
    };
    const empty = { slices: null, drift: [], periods: [], missing: [], importance: { a: 0 }, checks: [] };
    const report: ModelReport = { ...base, ...empty, data, evaluation };
    assert.doesNotMatch(cardMarkdown(cardOf(report)), /NaN|Infinity|undefined|null/);
    return renderReport(report);
  });
  for (const page of pages) sound(page);
  assert.match(pages[0] as string, /no rows to judge/);
});

test('numbers read as a person would write them', () => {
  assert.deepEqual([0.9337, 0.0012345, 0.00001, 0, null].map(figure), [
    '0.934',
    '0.0012',
    '1.0e-5',
    '0.000',
    '–',
  ]);
  assert.deepEqual([12345.6, 115_820_957_811_585.95].map(figure), ['12,346', '1.2e+14']);
  assert.deepEqual([443.27, 12345.6, 2, null].map(amount), ['443.3', '12,346', '2', '–']);
  assert.deepEqual([12, 1234.5, 0, null].map(measure), ['12.00', '1,235', '0', '–']);
  assert.deepEqual([20_000, 500, 0].map(compact), ['20K', '500', '0']);
  assert.deepEqual([0.0123, 0.5, null].map(share), ['1.23\u00a0%', '50\u00a0%', '–']);
});

test('scales put their ends at the ends and ticks within', () => {
  const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(number, fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (low, span) => {
      const high = low + span;
      fc.pre(high - low > Math.abs(low) * 1e-9);
      const { at, ticks } = linear(low, high, [10, 110]);
      assert.equal(at(low), 10);
      assert.ok(Math.abs(at(high) - 110) < 1e-6);
      assert.ok(ticks.length >= 2 && ticks.length <= 8, `${ticks.length} ticks`);
      for (const tick of ticks) assert.ok(at(tick) > 9.99 && at(tick) < 110.01);
    }),
  );
  assert.deepEqual(
    linear(-0.1, 1, [0, 1]).ticks.map((tick) => Number(tick.toFixed(6))),
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  );
  assert.equal(root(0.25, [0, 100]).at(0.0625), 50);
  const counts = tenfold(1000, [0, 100]);
  assert.deepEqual(counts.ticks, [1, 10, 100, 1000]);
  assert.deepEqual([counts.at(0), counts.at(1000)], [0, 100]);
});

test('a page says why no interval is told, where the rows are of few entities', () => {
  const report = told.binary as ModelReport & { evaluation: { task: 'binary' } };
  const few = { ...report, evaluation: { ...report.evaluation, apart: 4, intervals: {} } };
  const said = /No interval is told: these rows are of 4 entities, and 10 are wanted/;
  assert.match(renderReport(few), said);
  assert.doesNotMatch(renderReport(report), /No interval is told/);
});
