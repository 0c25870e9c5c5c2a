import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cardOf, compareModels, modelReportOf, modelVersionOf } from '../../src/assets/index.ts';
import type { RunResult } from '../../src/graph/index.ts';
import {
  baseline,
  col,
  entity,
  factorization,
  features,
  files,
  gbdt,
  isolationForest,
  logistic,
  metric,
  model,
  type Project,
  project,
  requestFeatures,
  source,
} from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';

const ROWS = 240;

/** Who has more than 0.5 is bad, most of the time. `huge` is past what 32 bits hold, and its square past what 64 do. */
function rowsFile(): string {
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const amount = ((i * 37) % 100) / 100;
    const bad = amount > 0.5 !== (i % 13 === 0);
    const at = new Date(Date.UTC(2026, 0, 1) + i * 600_000).toISOString();
    const late = i < ROWS - 10 ? amount : 1e200;
    // Some texts are frequent and some are rare, and from some day on all are new.
    const shop = i < 200 ? `s${Math.floor(Math.sqrt(i % 50))}` : `new ${i}`;
    const told = i % 12 === 5 ? '' : bad;
    return [`r${i}`, `c${i % 7}`, amount, i % 3 ? 1e300 : -1e308, bad, `${bad}`, shop, told, late, at].join(
      ',',
    );
  });
  return `id,card,amount,huge,bad,word,shop,told,late,at\n${lines.join('\n')}\n`;
}

type Input = 'amount' | 'huge' | 'word' | 'shop';

type Request = { request: Record<Input, unknown> };

const SEEN = {
  amount: ({ request }: Request) => ({ seen: request.amount }),
  huge: ({ request }: Request) => ({ seen: request.huge }),
  word: ({ request }: Request) => ({ seen: request.word }),
  shop: ({ request }: Request) => ({ seen: request.shop }),
};

/** A model of `target` that sees an input under the name `seen`. */
function line(input: Input, target: 'bad' | 'word' | 'told', options: object = {}): Project {
  const rows = source('rows', {
    from: files('rows.csv'),
    columns: {
      ...{ id: col.string(), card: col.string(), amount: col.double(), huge: col.double() },
      ...{ bad: col.boolean(), word: col.string(), shop: col.string(), at: col.timestamp() },
      told: col.boolean().nullable(),
    },
    key: 'id',
    eventTime: 'at',
  });
  const card = entity('card', { key: 'card' });
  const before = features('before', {
    entity: card,
    from: rows,
    compute: ({ count }) => ({ n: count().over('1d') }),
  });
  const now = requestFeatures('now', {
    request: { amount: col.double(), huge: col.double(), word: col.string(), shop: col.string() },
    compute: SEEN[input] as never,
  });
  const tell = model('tell', {
    labels: { from: rows, target, at: 'at' },
    inputs: [before, now],
    trainer: gbdt({ trees: 5, threads: 1 }),
    ...options,
  } as never);
  return project('line', { rows, card, before, now, tell }) as unknown as Project;
}

const step = ({ steps }: RunResult, asset: string) => steps.find(({ step }) => step.asset === asset);

describe('a model and what it cannot take', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
    put(bench.folder, 'rows.csv', rowsFile());
  });
  after(() => bench.close());
  const version = (id: string): Version => bench.workspace.state.version(id) as Version;

  for (const [name, trainer] of Object.entries({
    gbdt: gbdt({ trees: 5, threads: 1 }),
    logistic: logistic(),
    isolationForest: isolationForest({ trees: 5 }),
  }))
    test(`numbers near the end of what there is do no harm: ${name}`, async () => {
      const { ok, steps } = await bench.run(line('huge', 'bad', { trainer }));
      assert.equal(ok, true, JSON.stringify(steps.map(({ problems }) => problems)));
      const columns = (version('tell_training@1').detail as { profile: { columns: { name: string }[] } })
        .profile.columns;
      const { numeric } = columns.find(({ name }) => name === 'seen') as unknown as {
        numeric: Record<string, number>;
      };
      assert.equal(Object.values(numeric).flat().every(Number.isFinite), true, JSON.stringify(numeric));
      assert.ok(Math.abs((numeric['std'] as number) / 4.714e307 - 1) < 0.001, `${numeric['std']}`);
    });

  for (const [name, trainer] of Object.entries({
    gbdt: gbdt({ trees: 5, threads: 1 }),
    logistic: logistic(),
    isolationForest: isolationForest({ trees: 5 }),
    factorization: factorization({ user: ['seen'], item: ['n'], epochs: 2 }),
    baseline: baseline({ by: 'seen' }),
  }))
    test(`a text that no training row has is to the file what it is to the trainer: ${name}`, async () => {
      const result = await bench.run(line('shop', 'bad', { trainer }));
      const [check] = step(result, 'tell')?.checks ?? [];
      assert.deepEqual(
        [check?.name, check?.passed],
        ['file answers as trained', true],
        JSON.stringify(result.steps),
      );
    });

  test('rows whose answer is missing are left out and counted, in the run and in the card', async () => {
    await bench.run(line('amount', 'bad'));
    const other = bench.workspace.state.live('tell') as Version;
    const result = await bench.run(line('amount', 'told'));
    assert.match(
      step(result, 'tell_training')?.note ?? '',
      /^220 labelled rows; .*; 20 without a label left out$/,
    );
    const { state } = bench.workspace;
    const report = await modelReportOf(bench.workspace, state.live('tell') as Version);
    const said = cardOf(report)
      .sections.flatMap(({ paragraphs }) => paragraphs)
      .join(' ');
    assert.match(
      said,
      / 20 rows without an answer were left out: if those are unlike the others, nothing is known of them\./,
    );
    // What learnt another answer is judged by this one, and that is told.
    const { onSameRows } = await compareModels(
      bench.workspace,
      other,
      bench.workspace.state.live('tell') as Version,
    );
    assert.deepEqual('targets' in onSameRows && onSameRows.targets, { a: 'bad', b: 'told' });
  });

  test('a champion that cannot be asked about these rows is compared as it was recorded, and the gate says so', async () => {
    await bench.run(line('amount', 'bad'));
    const champion = bench.workspace.state.live('tell') as Version;
    const gates = [metric.rocAuc.beatsChampion({ by: -1 })];
    const wanted = (result: RunResult): string =>
      step(result, 'tell')?.checks.at(-1)?.wanted ?? JSON.stringify(result.steps);

    const retyped = await bench.run(line('word', 'bad', { gates }));
    assert.match(wanted(retyped), /its own rows: its input seen is gone or of another type$/);
    const next = bench.workspace.state.live('tell') as Version;
    assert.deepEqual((await compareModels(bench.workspace, champion as never, next as never)).onSameRows, {
      why: `seen is a string in ${modelVersionOf(next).trainingSet}`,
    });

    const other = await bench.run(line('amount', 'word', { gates }));
    assert.match(wanted(other), /its own rows: it tells true or false$/);

    const { blob } = modelVersionOf(bench.workspace.state.live('tell') as Version).file as { blob: string };
    rmSync(join(bench.folder, '.millrace/blobs', blob));
    const lost = await bench.run(line('amount', 'word', { gates, trainer: gbdt({ trees: 7, threads: 1 }) }));
    assert.match(wanted(lost), /its own rows: its file is lost \(MILL_BLOB_MISSING\)$/);
    assert.equal(step(lost, 'tell')?.outcome, 'published');
  });

  test('a quantile is judged by its own loss, and numbers that nobody can predict by none', async () => {
    const numbers = source('rows', {
      from: files('rows.csv'),
      columns: {
        ...{ id: col.string(), card: col.string(), at: col.timestamp() },
        ...{ amount: col.double(), late: col.double() },
      },
      key: 'id',
      eventTime: 'at',
    });
    const card = entity('card', { key: 'card' });
    const before = features('before', {
      entity: card,
      from: numbers,
      compute: ({ count }) => ({ n: count().over('1d') }),
    });
    const most = model('most', {
      labels: { from: numbers, target: 'amount', at: 'at' },
      inputs: [before],
      trainer: gbdt({ trees: 5, threads: 1, quantile: 0.9 }),
      gates: [metric.pinball.atMost(1)],
    });
    const far = model('far', {
      labels: { from: numbers, target: 'late', at: 'at' },
      inputs: [before],
      trainer: gbdt({ trees: 5, threads: 1 }),
    });
    const result = await bench.run(
      project('line', { rows: numbers, card, before, most, far }) as unknown as Project,
    );
    const [problem] = step(result, 'far')?.problems ?? [];
    assert.match(`${problem?.code} ${problem?.message}`, /TARGET_INVALID The target is 1e\+200 at row 26 of/);
    assert.equal(step(result, 'most')?.outcome, 'published', JSON.stringify(step(result, 'most')?.checks));
  });
});
