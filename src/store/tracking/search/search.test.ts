import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../base/index.ts';
import { openTracking } from '../open.ts';
import type { TrackedRun, Tracking } from '../tracking.port.ts';
import { compare, isLike } from './compare.ts';
import { parseFilter, quoted } from './filter.ts';
import { parseOrder } from './order.ts';
import { type Drawn, drawn, filters, logged, orders, texts } from './runs.arbitrary.ts';
import { searchedByHand } from './runs.oracle.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

const isInvalid = (error: unknown) =>
  error instanceof MillraceError && error.code === 'MILL_TRACKING_INVALID';

test('the grammar: names, values, operators', () => {
  assert.deepEqual(
    parseFilter(
      "metrics.auc > -1.5e3 and params.`a b` LIKE '%x' AND tags.mlflow.user != \"it's\" AND run_id NOT IN ('a','b') and tags.\"q.r\" is not null",
    ),
    [
      { entity: 'metrics', key: 'auc', operator: '>', value: -1500 },
      { entity: 'params', key: 'a b', operator: 'LIKE', value: '%x' },
      { entity: 'tags', key: 'mlflow.user', operator: '!=', value: "it's" },
      { entity: undefined, key: 'run_id', operator: 'NOT IN', value: ['a', 'b'] },
      { entity: 'tags', key: 'q.r', operator: 'IS NOT NULL', value: null },
    ],
  );
  assert.deepEqual(parseFilter("tags.`x` = 'it''s'")[0]?.value, "it's");
  assert.deepEqual(parseFilter('  '), []);
  assert.deepEqual(parseOrder(['metrics.`a b` DESC', 'start_time', 'tags.x.y asc']), [
    { entity: 'metrics', key: 'a b', ascending: false },
    { entity: undefined, key: 'start_time', ascending: true },
    { entity: 'tags', key: 'x.y', ascending: true },
  ]);
});

test('what the grammar refuses', () => {
  for (const filter of [
    'metrics.a > 1 OR metrics.b > 2',
    'metrics.a',
    'metrics.a >',
    "= 'x'",
    'metrics.a == 1',
    'metrics.a <> 1',
    'run_id IN ()',
    "run_id IN ('a',",
    'run_id IN (1)',
    "tags.a IS 'x'",
    "tags.a NOT LIKE 'x'",
    "tags.a = 'x';drop table mill_experiment",
    "tags.a = 'x' tags.b = 'y'",
    "tags.a = 'x' AND",
    "tags.a = 'unclosed",
    '(metrics.a > 1)',
    Array.from({ length: 300 }, () => 'metrics.a > 1').join(' and '),
    'x'.repeat(300_000),
  ])
    assert.throws(() => parseFilter(filter), isInvalid, filter.slice(0, 80));
  for (const clauses of [['metrics.a DOWN'], ['metrics.a ASC DESC'], ["'x'"], [''], ['a', 'a DESC']])
    assert.throws(() => parseOrder(clauses), isInvalid, clauses.join());
});

test('any text is a filter or refused, soon', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc
          .array(
            fc.constantFrom(
              'metrics',
              '.',
              'a',
              '`',
              "'",
              '"',
              ' ',
              '>',
              '=',
              'AND',
              'IN',
              '(',
              ')',
              ',',
              '1',
              'IS',
              'NULL',
              '\n',
              'é',
            ),
          )
          .map((pieces) => pieces.join('')),
      ),
      (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          assert.ok(isInvalid(error), String(error));
        }
      },
    ),
    { numRuns: 2_000 },
  );
  // Going back to every `%` would not end this year.
  assert.equal(isLike('a'.repeat(6_000), `${'%a'.repeat(200)}%b`), false);
});

function filled(tracking: Tracking, name: string, runs: readonly Drawn[]): readonly TrackedRun[] {
  const experiment = tracking.experiments.create(name);
  for (const drawnRun of runs) {
    const { run, batch, end } = logged(drawnRun);
    const { id } = tracking.runs.create({ experiment, ...run });
    tracking.runs.log(id, batch);
    if (end !== undefined) tracking.runs.update(id, end);
  }
  return tracking.runs.search({ experiments: [experiment] }).items;
}

test('a search gives what looking at every run gives, in pages of any size', () => {
  const tracking = openTracking(join(folder, 'search.db'));
  let count = 0;
  fc.assert(
    fc.property(
      fc.array(drawn, { maxLength: 12 }),
      filters,
      orders,
      fc.integer({ min: 1, max: 5 }),
      (runs, filter, orderBy, most) => {
        const all = filled(tracking, `e${count++}`, runs);
        const experiments = all.length === 0 ? ['0'] : [all[0]!.experiment];
        const wanted = searchedByHand(all, filter.replaceAll('created', 'start_time'), orderBy);
        const found: TrackedRun[] = [];
        let token: string | undefined;
        do {
          const page = tracking.runs.search({
            experiments,
            filter,
            orderBy,
            most,
            ...(token === undefined ? {} : { token }),
          });
          assert.ok(page.items.length <= most);
          found.push(...page.items);
          token = page.next;
        } while (token !== undefined);
        assert.deepEqual(found, wanted);
      },
    ),
    { numRuns: 150 },
  );
  tracking.close();
});

test('comparisons at hand are those of the store', () => {
  const tracking = openTracking(join(folder, 'hand.db'));
  const { id } = tracking.runs.create({ experiment: '0' });
  fc.assert(
    fc.property(
      fc.oneof(texts, fc.string({ unit: fc.constantFrom('a', 'B', '%', '_', '*', '😀') })),
      fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'),
      fc.oneof(texts, fc.string({ unit: fc.constantFrom('a', 'b', 'B', '%', '_', '?', '😀') })),
      (value, operator, wanted) => {
        tracking.runs.log(id, { tags: [{ key: 't', value }] });
        const filter = `tags.t ${operator} ${quoted(wanted)}`;
        const found = tracking.runs.search({ experiments: ['0'], filter }).items.length === 1;
        assert.equal(compare(value, parseFilter(filter)[0]!), found, filter);
      },
    ),
    { numRuns: 400 },
  );
  tracking.close();
});

test('a field that runs do not have, a value of the wrong kind, a token nobody gave', () => {
  const tracking = openTracking(join(folder, 'wrong.db'));
  const search = (ask: object) => () => tracking.runs.search({ experiments: ['0'], ...ask });
  for (const filter of [
    "metrics.a = 'x'",
    'params.a = 1',
    "params.a > 'x'",
    "attributes.colour = 'red'",
    "models.a = 'x'",
    'constructor.a = 1',
    "__proto__ = 'x'",
    "start_time = 'x'",
    "dataset.size = 'x'",
    "status IN ('RUNNING')",
    'metrics.a IS NULL',
  ])
    assert.throws(search({ filter }), isInvalid, filter);
  for (const orderBy of [['colour'], ['datasets.name'], ['toString DESC']])
    assert.throws(search({ orderBy }), isInvalid, orderBy[0]);
  for (const token of ['x', 'e30=', Buffer.from('{"offset":-1}').toString('base64')])
    assert.throws(search({ token }), isInvalid, token);
  tracking.close();
});
