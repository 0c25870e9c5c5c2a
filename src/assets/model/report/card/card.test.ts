import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY } from '../../../../base/index.ts';
import type { CheckResult } from '../../../../store/state/index.ts';
import { seededUint32 } from '../../judge/random.ts';
import { cardMarkdown, markdownText } from '../markdown.ts';
import { labelledRows, reportFor } from '../report.fixture.ts';
import { type Card, cardOf } from './card.ts';

/** A section's text. */
const said = ({ sections }: Card, heading: string): string => {
  const found = sections.find((one) => one.heading === heading);
  return found === undefined ? '' : [...found.paragraphs, ...found.items].join('\n');
};

const ALARM: CheckResult = {
  ...{ name: 'leakage: amount alone', passed: false, severity: 'warn' },
  ...{ observed: 'it alone tells the target: ROC-AUC 0.9912', wanted: '< 0.98' },
};

test('a card of yes or no: what it tells, how good, at what cost, for whom worse, what it is not for, from what', async () => {
  const report = await reportFor('binary', {
    rows: 6_000,
    checks: [ALARM],
    body: {
      ...{
        purpose: 'Holds back payments that look like fraud',
        notFor: ['Decisions on credit'],
        costUnit: 'EUR',
      },
      slices: [
        { name: 'from Poland', where: [{ column: 'country', is: ['PL'] }] },
        { name: 'tiny payments', where: [{ column: 'amount', to: 4 }] },
      ],
    },
  });
  const card = cardOf(report, {
    id: 'screen@2',
    createdAt: Date.UTC(2026, 7, 20, 9) * 1000,
    status: 'published',
  });
  assert.equal(card.title, 'screen@2');
  assert.match(
    said(card, 'In short'),
    /^Holds back payments that look like fraud\.\nOf its yes answers [\d.]+\s% are right, and it finds [\d.]+\s% of the cases with the answer yes\. Its decisions cost [\d.]+\s% less/,
  );
  assert.match(
    said(card, 'What it tells'),
    /whether is_fraud is true.*for one card_id, as of the instant the question is asked.*is known 21 days later/,
  );
  assert.match(
    said(card, 'How good it is'),
    /Judged on 900 rows: rows from 2026-06-20 to 2026-07-19, later than all it learnt from\./,
  );
  assert.match(
    said(card, 'How good it is'),
    /in [\d.]+\s% \(95 % interval [\d.]+\s% to [\d.]+\s%\) of pairs; without a model 50\s%\./,
  );
  assert.match(
    said(card, 'How good it is'),
    /Beside screen@1, which was live, it is clearly better in PR-AUC/,
  );
  const { evaluation } = report;
  assert.ok(evaluation.task === 'binary');
  const thousand = Math.round(1000 * (evaluation.expectedCost ?? 0)).toLocaleString('en');
  assert.ok(
    said(card, 'What it costs when it errs').includes(
      `A wrong yes costs 5 EUR, a wrong no 60 EUR. Over 1,000 decisions its errors cost ${thousand} EUR; always answering no would cost `,
    ),
  );
  assert.match(
    said(card, 'For whom it is worse'),
    /Too few rows for a verdict \(200 are wanted\): .*tiny payments/,
  );
  const not = said(card, 'What it must not be used for');
  assert.match(not, /^Decisions on credit\.\nPopulations unlike those of 2026-01-01 to 2026-05-20/);
  assert.match(not, /amount from [\d.]+ to [\d.]+.*country in 4 categories \(DE, FR, IT and 1 more\)/);
  assert.doesNotMatch(not, /abroad/);
  assert.match(
    said(card, 'From which data'),
    /^rows@3, 6,000 labelled rows of outcomes@2, which goes back to payments@4\. It learnt from 4,200 rows.*parted by time/,
  );
  assert.match(
    said(card, 'Known weaknesses'),
    /To look at: leakage: amount alone: it alone tells the target/,
  );
  assert.match(said(card, 'Known weaknesses'), /Drift: .* amount \(PSI 0\.\d+\) moved\./);
  assert.match(said(card, 'Known weaknesses'), /one value only, or none.*constant\./);
  assert.match(
    said(card, 'How it was made'),
    /Trained by gbdt on 2026-08-20 09:00 UTC \(published\) with trees 40, seed 1, from rows@3\./,
  );
});

test('cards of the other tasks say what they tell, and how good they are at it', async () => {
  const several = cardOf(
    await reportFor('multiclass', {
      rows: 8_400,
      body: { trainer: { trainer: 'gbdt', options: { trees: 12 } } },
    }),
  );
  assert.match(said(several, 'What it tells'), /which size it is, of 3: low, middle and top/);
  assert.match(
    said(several, 'In short'),
    /Of its answers [\d.]+\s% are right; always naming the most frequent class, [\d.]+\s% would be\./,
  );
  assert.match(
    said(several, 'For whom it is worse'),
    /^Significantly worse than elsewhere, of \d+ slices that were judged, by log loss:\ncountry is PL: 0\.\d+ against 0\.\d+ elsewhere \(\d+ rows\)/,
  );
  assert.equal(said(several, 'What it costs when it errs'), '');
  const number = cardOf(await reportFor('regression', { rows: 3_000 }));
  assert.match(said(number, 'What it tells'), /the number minutes/);
  assert.match(
    said(number, 'In short'),
    /Half of its answers are off by no more than [\d.]+\. Its errors \(RMSE\) are [\d.]+\s% smaller than those of always answering the mean\./,
  );
  const order = cardOf(await reportFor('ranking', { rows: 3_000 }));
  assert.match(said(order, 'What it tells'), /in which order items stand by grade/);
  assert.match(
    said(order, 'For whom it is worse'),
    /^No slice could be judged: that takes an input that all items of each list share, 200 lists in it/,
  );
});

test('where nothing is worse the card says how much was looked at', async () => {
  const labelled = labelledRows('regression', 6_000);
  // Nothing tells it, so errors are alike everywhere.
  const next = seededUint32(9);
  const even = { ...labelled, target: labelled.target.map(() => next() / 2 ** 32) };
  const card = cardOf(
    await reportFor('regression', {
      labelled: even,
      body: { trainer: { trainer: 'baseline', options: {} } },
    }),
  );
  assert.match(
    said(card, 'For whom it is worse'),
    /^No slice of at least 200 rows was significantly worse, of \d+ slices that were judged\.$/,
  );
  assert.match(
    said(card, 'Known weaknesses'),
    /Nothing was learnt from any input: it answers the same to all\./,
  );
});

test('a target that is always no where it is judged gives a card that says so', async () => {
  const labelled = labelledRows('binary', 3_000);
  const { test: judged } = labelled.parts;
  const never = { ...labelled, target: labelled.target.map((truth, row) => (row < judged.from ? truth : 0)) };
  const card = cardOf(
    await reportFor('binary', { labelled: never, body: { trainer: { trainer: 'baseline', options: {} } } }),
  );
  assert.match(said(card, 'In short'), /None of the rows it was judged on had the answer yes/);
  assert.match(
    said(card, 'How good it is'),
    /All 450 of these rows have the same answer, no: how well it tells yes from no cannot be said\./,
  );
});

test('few rows, few days: the card warns of both', async () => {
  const labelled = labelledRows('binary', 400);
  const short = {
    ...labelled,
    at: labelled.at.map((_, row) => (labelled.at[0] as number) + row * (DAY / 50)),
  };
  const card = cardOf(await reportFor('binary', { labelled: short }));
  assert.match(said(card, 'Known weaknesses'), /Only \d+ of the rows judged by have the rarer answer/);
  assert.match(said(card, 'Known weaknesses'), /less than 30 days: of seasons it knows nothing/);
  assert.match(
    said(card, 'For whom it is worse'),
    /No slice could be judged: that takes 200 rows in it, as many outside/,
  );
});

test('of categories the first are named, and the others counted', async () => {
  const report = await reportFor('binary', { formula: true, rows: 600 });
  const inputs = report.data.inputs.map((one) =>
    one.input === 'country'
      ? { ...one, categories: { count: 9, first: ['DE', 'FR', 'IT', 'PL', 'ES'] } }
      : one,
  );
  const card = cardOf({ ...report, data: { ...report.data, inputs } });
  assert.match(
    said(card, 'What it must not be used for'),
    /country in 9 categories \(DE, FR, IT and 6 more\)/,
  );
});

test('Markdown shows a text as it stands: nothing of it is a mark', () => {
  assert.equal(
    markdownText('usual_30d and _x_ *b* [a](b) <i> & `c`\n# d'),
    'usual_30d and \\_x\\_ \\*b\\* \\[a\\](b) &lt;i&gt; &amp; \\`c\\` # d',
  );
  assert.deepEqual(['# a', '- a', '+ a', '1. a', '12) a'].map(markdownText), [
    '\\# a',
    '\\- a',
    '\\+ a',
    '1\\. a',
    '12\\) a',
  ]);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'\n\r\t <>&[]()!#*_`~|\\-+1.)a') }), (text) => {
      const shown = markdownText(text);
      assert.doesNotMatch(shown, /[<>\n\r]|(?<!\\)(?:\\\\)*[`*[\]|~]/);
    }),
  );
  const card = { title: 'a\n# b', sections: [{ heading: 'C', paragraphs: ['d'], items: ['e', 'f'] }] };
  assert.equal(cardMarkdown(card), '# Model card: a # b\n\n## C\n\nd\n\n- e\n- f\n');
});
