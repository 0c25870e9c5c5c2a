import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { blobsOf, type ModelReport, modelVersionOf } from '../../assets/index.ts';
import { MillraceError } from '../../base/index.ts';
import { APPROVAL } from '../../graph/index.ts';
import { createServer } from '../../server/index.ts';
import { makeShop, openShop, type Shop } from '../../server/shop.fixture.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import type { VerbContext } from '../verb.ts';
import { cardVerb } from './card.ts';
import { checkVerb } from './check.ts';
import { contractVerb } from './contract.ts';
import { doctorVerb } from './doctor.ts';
import { predictBatch } from './predict-batch.ts';
import { promoteVerb } from './promote.ts';
import { runVerb } from './run.ts';
import { showVerb } from './show.ts';

/** Run once: a model with all that can be declared of a report, a card and stress. */
const DECLARED = `  trainer: logistic(),
  purpose: 'Holds back payments that look like fraud',
  notFor: ['Decisions on credit'],
  cost: { falsePositive: 5, falseNegative: 60 },
  costUnit: 'EUR',
  slices: { large: { amount: { from: 500 } }, abroad: { large_abroad: { from: 1 } } },
  gates: [
    stress.byPeriod({ every: '2d', metric: 'rocAuc', atLeast: 0.5, rows: 10 }),
    stress.missing({ share: 0.1, metric: 'rocAuc', within: 0.5 }),
    stress.seeds({ n: 1, metric: 'rocAuc', within: 0.2 }),
  ],`;

let shop: Shop;
let lines: string[];
let results: unknown[];

/** The shop's project with other declarations of its model, in a file of its own. */
function context(name: string, declared = DECLARED): VerbContext {
  const text = readFileSync(shop.projectFile, 'utf8');
  const projectFile = join(shop.folder, name);
  writeFileSync(
    projectFile,
    text.replace('  trainer: logistic(),', declared).replace('source }', 'source, stress }'),
  );
  lines = [];
  results = [];
  return {
    projectFile,
    untilStopped: () => new Promise(() => {}),
    terminal: {
      ...{ json: false, width: 100, moving: false, progress() {}, aside() {} },
      problem: (one) => void lines.push(one.message),
      line: (said = '') => void lines.push(stripVTControlCharacters(said)),
      result: (value) => void results.push(value),
    },
  };
}

before(async () => {
  shop = makeShop();
  assert.equal(await runVerb(context('one.ts'), [], {}), DONE, lines.join('\n'));
});
after(() => shop.remove());

test('a file that cannot be there is told as such, and before a batch is scored', async () => {
  for (const name of ['gone/x', '.', 'gone/x.parquet']) {
    const file = join(shop.folder, name);
    const cannot = (error: unknown) =>
      error instanceof MillraceError &&
      error.code === 'MILL_CLI_USAGE' &&
      /' cannot be written: (there is no folder '.*gone'|it is a folder)\.$/.test(
        error.message.split(' Name a')[0] as string,
      );
    await assert.rejects(cardVerb(context('one.ts'), 'fraud', { to: file }), cannot);
    await assert.rejects(showVerb(context('one.ts'), 'fraud', { report: file }), cannot);
    await assert.rejects(contractVerb(context('one.ts'), 'export', ['payments'], { out: file }), cannot);
  }
  const batch = (out: string) => predictBatch(context('one.ts'), 'fraud', { batch: 'fraud_training', out });
  await assert.rejects(batch(join(shop.folder, 'gone/x.parquet')), /there is no folder/);
  await assert.rejects(batch(join(shop.folder, 'x.csv')), /does not end in \.parquet/);
  const { workspace } = await openShop(shop);
  assert.equal(workspace.lake.table('fraud__batch', workspace.lake.head()), undefined);
  await workspace.close();
});

test('a card of what is live, and of a version, on the terminal and in a file', async () => {
  assert.equal(await cardVerb(context('one.ts'), 'fraud', {}), DONE);
  const markdown = lines.join('\n');
  assert.match(
    markdown,
    /^# Model card: fraud@1\n\n## In short\n\nHolds back payments that look like fraud\.\n/,
  );
  for (const wanted of [
    'EUR',
    'Decisions on credit.',
    'payments@1',
    'for one card_id',
    '## Known weaknesses',
  ])
    assert.ok(markdown.includes(wanted), wanted);
  const [told] = results as { version: string; sections: object[]; markdown: string }[];
  assert.deepEqual([told?.version, `${told?.markdown}`.trimEnd()], ['fraud@1', markdown]);
  const file = join(shop.folder, 'fraud-card.md');
  assert.equal(await cardVerb(context('one.ts'), 'fraud@1', { to: file }), DONE);
  assert.equal(readFileSync(file, 'utf8').trimEnd(), markdown);
  await assert.rejects(cardVerb(context('one.ts'), 'payments', {}), { code: 'MILL_REPORT_MISSING' });
  await assert.rejects(cardVerb(context('one.ts'), 'fraud@9', {}), { code: 'MILL_VERSION_UNKNOWN' });
});

test('the report as a page, as data and as a card over HTTP', async () => {
  const open = await openShop({ ...shop, projectFile: join(shop.folder, 'one.ts') });
  const app = await createServer(open.graph, open.workspace);
  try {
    const get = (url: string) => app.inject({ url });
    const page = await get('/reports/fraud@1');
    assert.match(page.body, /In plain words/);
    assert.ok(!page.body.includes('<script'));
    const data = await get('/reports/fraud@1.json');
    assert.match(String(data.headers['content-type']), /^application\/json/);
    assert.match(String(data.headers['content-disposition']), /filename="fraud-1-report\.json"/);
    const report = data.json<ModelReport>();
    const version = open.workspace.state.version('fraud@1');
    assert.ok(version);
    assert.deepEqual(report.evaluation, modelVersionOf(version).evaluation);
    assert.deepEqual(
      report.slices?.declared.map(({ name }) => name),
      ['large', 'abroad'],
    );
    assert.ok(
      report.drift.length > 3 && report.periods.length > 1 && Object.keys(report.importance).length > 3,
    );
    assert.deepEqual(
      report.checks
        .filter(({ name }) => name.startsWith('stress: '))
        .map(({ name, passed }) => [name, passed]),
      [
        ['stress: rocAuc ≥ 0.5 in every 2d', true],
        ['stress: rocAuc with 10 % of inputs missing', true],
        ['stress: rocAuc with 1 other seed', true],
      ],
    );
    const card = await get('/reports/fraud@1.md');
    assert.match(String(card.headers['content-type']), /^text\/markdown/);
    assert.match(card.body, /^# Model card: fraud@1/);
    for (const other of ['fraud@9.json', 'fraud@9.md', 'payments@1.md', '.json', '..%2Fx.md'])
      assert.equal((await get(`/reports/${other}`)).statusCode, 404, other);
  } finally {
    await app.close();
    await open.workspace.close();
  }
});

test('the data of a report is kept with its version, and missed when it is gone', async () => {
  const kept = { expireAfter: '30d', grace: '1h', keep: 0 };
  await doctorVerb(context('one.ts'), { ...kept, fix: true });
  assert.equal(await cardVerb(context('one.ts'), 'fraud', {}), DONE);
  const file = join(shop.folder, 'fraud-report.json');
  assert.equal(await showVerb(context('one.ts'), 'fraud', { report: file }), DONE);
  assert.equal((JSON.parse(readFileSync(file, 'utf8')) as ModelReport).model, 'fraud');
  const page = join(shop.folder, 'fraud-report.html');
  assert.equal(await showVerb(context('one.ts'), 'fraud@1', { report: page }), DONE);
  assert.match(readFileSync(page, 'utf8'), /<h1>fraud@1<\/h1>/);
  await assert.rejects(showVerb(context('one.ts'), 'payments', { report: page }), {
    code: 'MILL_REPORT_MISSING',
  });
  await assert.rejects(showVerb(context('one.ts'), 'fraud@9', { report: page }), {
    code: 'MILL_VERSION_UNKNOWN',
  });
  const open = await openShop({ ...shop, projectFile: join(shop.folder, 'one.ts') });
  const version = open.workspace.state.version('fraud@1');
  assert.ok(version);
  const names = blobsOf(modelVersionOf(version));
  await open.workspace.close();
  const [blob] = [...names].find(([, what]) => what === 'the report') as [string, string];
  rmSync(join(shop.folder, '.millrace', 'blobs', blob));
  await doctorVerb(context('one.ts'), kept);
  assert.match(lines.join('\n'), /fraud@1: the report is missing/);
});

test('check tells of slices and stress that do not fit', async () => {
  const wrong = `  trainer: logistic(),
  slices: {
    a: { amuont: { from: 1 } }, b: { amount: 'x' }, c: { country_before: { from: 1 } }, d: {}, e: { amount: { from: 5, to: 2 } },
  },
  gates: [
    stress.missing({ share: 2, metric: 'rocAuc', within: 0.1 }),
    stress.noise({ sigma: 0, metric: 'rmse', within: -1 }),
    stress.seeds({ n: 100, metric: 'rocAuc', within: 0.1 }),
    stress.byPeriod({ every: '2d', metric: 'rocAuc', atLeast: NaN, rows: 0 }),
  ],`;
  const given = context('wrong.ts', wrong);
  const told = await checkVerb(given).then(
    (code) => ({ code, text: lines.join('\n') }),
    (error: { problems: { message: string }[] }) => ({
      code: PROBLEMS,
      text: error.problems.map(({ message }) => message).join('\n'),
    }),
  );
  assert.equal(told.code, PROBLEMS);
  for (const wanted of [
    "The slice 'a' is of 'amuont', which is no input; there is 'amount'.",
    "The slice 'b' takes amount as text, but it is a number.",
    "The slice 'c' takes country_before as a number, but it is text.",
    "The slice 'd' says nothing of its rows.",
    "The slice 'e' is empty: amount from 5 to 2.",
    'share of stress.missing is 2; wanted above 0, at most 1.',
    'The stress check on rmse does not fit a target that is true or false.',
    'sigma of stress.noise is 0; wanted a number above 0.',
    'within of stress.noise is -1; wanted a number from 0 on.',
    'n of stress.seeds is 100; wanted a whole number from 1 to 20.',
    'atLeast of stress.byPeriod is NaN; wanted a number.',
    'rows of stress.byPeriod is 0; wanted a whole number from 1 on.',
  ])
    assert.ok(told.text.includes(wanted), `${wanted}\n${told.text}`);
});

test('a version that a person has approved of is not told as waiting for that', async () => {
  const given = context('asked.ts', `${DECLARED}\n  approval: 'required',`);
  await runVerb(given, [], {});
  await promoteVerb(given, 'fraud@2', { note: 'looked at it', by: 'anna' });
  const file = join(shop.folder, 'approved.json');
  assert.equal(await showVerb(given, 'fraud', { report: file }), DONE);
  const { checks } = JSON.parse(readFileSync(file, 'utf8')) as ModelReport;
  assert.deepEqual(
    checks.filter(({ name }) => name === APPROVAL).map(({ passed, observed }) => [passed, observed]),
    [[true, 'by anna']],
  );
  lines = [];
  assert.equal(await cardVerb(given, 'fraud@2', {}), DONE);
  assert.doesNotMatch(lines.join('\n'), /not yet|Failed/);
});
