import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { kinds, type SourceBody, scoreBatch } from '../../../src/assets/index.ts';
import { quoteText } from '../../../src/base/index.ts';
import {
  checked,
  type Graph,
  openWorkspace,
  type RunResult,
  run,
  type Workspace,
} from '../../../src/graph/index.ts';
import { createServer } from '../../../src/server/index.ts';
import type { TableState } from '../../../src/store/lake/index.ts';
import type { Version } from '../../../src/store/state/index.ts';
import { type Standing, standingSql } from '../evaluate.ts';
import retail from './project.ts';

// The whole line on the real invoices, in a folder of its own: minutes, hence slow.

const { from } = retail.assets.invoices['~'].nodes[0]!.body as SourceBody;
const file = from.connector === 'files' ? from.glob : '';
const skip = existsSync(file) ? false : `no ${file}`;
/** The last invoice is of 9 December. */
const NOW = '2011-12-10T00:00:00Z';

let home: string;
let workspace: Workspace;
let graph: Graph;
let result: RunResult;

before(async () => {
  if (skip) return;
  home = mkdtempSync(join(tmpdir(), 'millrace-'));
  workspace = await openWorkspace(home, { MILLRACE_CLOCK: NOW });
  graph = await checked(retail, kinds, workspace.engine);
  result = await run(graph, kinds, workspace);
});

after(async () => {
  await workspace?.close();
  if (home) rmSync(home, { recursive: true, force: true });
});

const live = (asset: string): Version => workspace.state.live(asset) as Version;
/** Rows of a query over tables that are live, by `$name`; `$file` is the file itself. */
async function rowsOf<Row extends object>(query: string): Promise<Row[]> {
  const session = await workspace.engine.session();
  try {
    const scanned = query.replaceAll(/\$(\w+)/g, (_, name: string) => {
      if (name === 'file') return `read_csv(${quoteText(file)}, all_varchar = true)`;
      const table = workspace.lake.table(name, name.endsWith('__batch') ? undefined : live(name).snapshot);
      return session.scan(table as TableState);
    });
    return await session.rows<Row>(scanned);
  } finally {
    session.close();
  }
}

test('the contract sets aside what others have counted, and keeps the rest', { skip }, async () => {
  assert.deepEqual(
    result.steps.filter(({ outcome }) => outcome !== 'published').map(({ step }) => step.asset),
    [],
  );
  const broken = new Map(
    workspace.state.checks(live('invoices').id).map(({ name, observed }) => [name, observed]),
  );
  const count = (name: string) => Number.parseInt(String(broken.get(name)), 10);
  assert.equal(count('CustomerID: null'), 135_080);
  assert.equal(count('InvoiceNo: pattern'), 9_288 + 3);
  assert.equal(count('Quantity: between 1 and 100000'), 10_624);
  const [rows] = await rowsOf<{ kept: number; expected: number }>(`
    select (select count(*) from $invoices) as kept, (
      select count(*) from $file
      where InvoiceNo[1] not in ('A', 'C') and CustomerID is not null and Quantity::double > 0
        and UnitPrice::double between 0.001 and 10000 and regexp_matches(StockCode, '^[0-9]{5}[A-Za-z]*$')) as expected`);
  assert.equal(rows!.kept, rows!.expected);
  assert.ok(rows!.kept > 390_000);
});

test('in the last month, over all that was ever sold, taste finds more than popularity and than what was bought before', {
  skip,
}, async (t) => {
  const found = new Map<string, Standing>();
  for (const model of ['popularity', 'again', 'factors', 'taste']) {
    await scoreBatch(graph, workspace, live(model), { source: 'panel', asOf: { column: 'asked_at' } });
    const [standing] = await rowsOf<Standing>(standingSql(`$${model}__batch`, '$panel'));
    found.set(model, standing as Standing);
    const { recall, ndcg, coverage, visits } = standing as Standing;
    t.diagnostic(
      `${model}: recall@10 ${recall.toFixed(3)}, NDCG@10 ${ndcg.toFixed(3)}, coverage ${coverage.toFixed(3)}, ${visits} visits`,
    );
  }
  const [popularity, again, taste] = ['popularity', 'again', 'taste'].map((name) => found.get(name)) as [
    Standing,
    Standing,
    Standing,
  ];
  for (const figure of ['recall', 'ndcg'] as const) {
    assert.ok(taste[figure] > 2 * popularity[figure], `${figure} against popularity`);
    assert.ok(taste[figure] > again[figure], `${figure} against what was bought before`);
  }
  assert.ok(taste.coverage > 10 * popularity.coverage);
});

test('a customer and somebody new are answered lists of what was sold lately', { skip }, async () => {
  const app = await createServer(graph, workspace);
  try {
    const lately = new Set(
      (await rowsOf<{ item_id: string }>('select item_id from $on_sale')).map((row) => row.item_id),
    );
    for (const user_id of ['17850', 'nobody']) {
      const answer = await app.inject({ method: 'POST', url: '/v1/predict/recommend', payload: { user_id } });
      assert.equal(answer.statusCode, 200, answer.body);
      const { ranked } = answer.json<{ ranked: { item_id: string }[] }>();
      assert.equal(ranked.length, 10);
      for (const { item_id } of ranked) assert.ok(lately.has(item_id), item_id);
    }
  } finally {
    await app.close();
  }
});
