import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tableFromIPC } from 'apache-arrow';
import {
  exportTrainingSet,
  modelVersionOf,
  rebuildTrainingSet,
  trainingSetVersionOf,
} from '../../src/assets/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import type { CheckResult } from '../../src/store/state/index.ts';
import { ask } from './digest.fixture.ts';
import { type Bench, openBench, told } from './line.fixture.ts';
import { LATER, live, putPayments, type ShopChange, START, shop, twice } from './training-set.fixture.ts';

const ROWS = 1_500;
type Row = Record<string, unknown>;

async function open(change: ShopChange = {}, rows = ROWS): Promise<Bench> {
  const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  putPayments(bench, 'a', rows);
  await bench.run(shop(change));
  return bench;
}

const rowsOf = (bench: Bench): Promise<Row[]> =>
  ask<Row>(bench.workspace, 'fraud_rows', (t) => `select * exclude _row_id from ${t} order by _row_id`, {
    rowId: true,
  });

const checksOf = (bench: Bench): CheckResult[] => {
  const [version] = bench.workspace.state.versions('fraud_rows');
  return [...bench.workspace.state.checks(version?.id as string)];
};
const leaks = (bench: Bench): string[] =>
  checksOf(bench)
    .filter(({ name, passed }) => name.startsWith('leakage') && !passed)
    .map(({ name }) => name);

describe('a training set of its own', () => {
  let bench: Bench;
  let rows: Row[];
  before(async () => {
    bench = await open();
    rows = await rowsOf(bench);
  });
  after(() => bench.close());

  it('is there once for two models', async () => {
    assert.equal(bench.workspace.state.versions('fraud_rows').length, 1);
    const id = live(bench, 'fraud_rows').id;
    for (const name of ['fraud', 'again'])
      assert.equal(modelVersionOf(live(bench, name)).trainingSet, id, name);
    const result = await bench.run(shop());
    assert.deepEqual(told(result), []);
  });

  it('is parted by time, and the model learns from those very parts', () => {
    const parts = { train: 0, validation: 0, test: 0 };
    for (const { _split } of rows) parts[_split as keyof typeof parts]++;
    const order = [...new Set(rows.map((row) => row['_split']))];
    assert.deepEqual(order, ['train', 'validation', 'test']);
    const learnt = modelVersionOf(live(bench, 'fraud')).parts;
    const counted = trainingSetVersionOf(live(bench, 'fraud_rows')).parts;
    for (const part of ['train', 'validation', 'test'] as const) {
      assert.equal(learnt[part].rows, parts[part], part);
      assert.equal(counted[part].rows, parts[part], part);
    }
    assert.ok(rows.every((row) => row['_weight'] === 1));
  });

  it('reports no leak where there is none', () => {
    assert.deepEqual(leaks(bench), []);
    assert.deepEqual(
      checksOf(bench).map(({ name }) => name),
      [
        'labelled rows',
        'leakage: alone',
        'leakage: in time',
        'leakage: by lineage',
        'leakage: rows in two parts',
      ],
    );
  });
});

describe('a part without rows', () => {
  it('is told of when the training set is built, not only when a model is', async () => {
    const bench = await open({ split: { by: 'entity', train: 0.5, validation: 0.499 } });
    try {
      const { parts } = trainingSetVersionOf(live(bench, 'fraud_rows'));
      assert.equal(parts.test.rows, 0);
      const check = checksOf(bench).find(({ name }) => name === 'every part has rows');
      assert.deepEqual([check?.passed, check?.severity], [false, 'warn']);
      assert.match(check?.observed ?? '', /^none in test, as entities fell; no model can be built from it$/);
      assert.equal(bench.workspace.state.live('fraud'), undefined);
    } finally {
      await bench.close();
    }
  });
});

describe('negatives', () => {
  it('are sampled by key and instant: the same ones whatever else comes, and with their weight the figures of all', async () => {
    const bench = await open({ negatives: { share: 0.25 } });
    try {
      const keyOf = ({ card, paid_at }: Row): string => `${card} ${(paid_at as Date).toISOString()}`;
      const some = await rowsOf(bench);
      const { sampled } = trainingSetVersionOf(live(bench, 'fraud_rows')).manifest;
      assert.ok(sampled);
      const kept = some.filter((row) => row['is_fraud'] === false);
      assert.equal(some.length - kept.length, sampled.positives);
      assert.ok(sampled.positives > 100);
      // A quarter of some 1,300: the standard deviation is 16.
      assert.ok(Math.abs(kept.length - sampled.negatives / 4) < 80, `${kept.length} of ${sampled.negatives}`);
      assert.ok(kept.every((row) => row['_weight'] === 4));
      assert.ok(some.every((row) => row['is_fraud'] === false || row['_weight'] === 1));

      // A second file: the rows of the first that were kept are kept again, and no others of them.
      const end = Math.max(...some.map((row) => (row['paid_at'] as Date).getTime()));
      putPayments(bench, 'b', 300, 50);
      await bench.run(shop({ negatives: { share: 0.25 } }));
      const more = await rowsOf(bench);
      assert.ok(more.length > some.length);
      assert.deepEqual(
        more.filter((row) => (row['paid_at'] as Date).getTime() <= end).map(keyOf),
        some.map(keyOf),
      );

      // Another seed keeps others.
      await bench.run(shop({ negatives: { share: 0.25 }, seed: 2 }));
      const other = new Set((await rowsOf(bench)).filter((row) => row['is_fraud'] === false).map(keyOf));
      const both = more.filter((row) => row['is_fraud'] === false && other.has(keyOf(row))).length;
      assert.ok(both < 0.5 * other.size, `${both} of ${other.size}`);

      // The weighted rate is that of all rows, as the model's is.
      await bench.run(shop());
      const whole = modelVersionOf(live(bench, 'fraud'));
      await bench.run(shop({ negatives: { perPositive: 2 } }));
      const part = modelVersionOf(live(bench, 'fraud'));
      const drift = Math.abs((part.meanTarget as number) - (whole.meanTarget as number));
      assert.ok(drift < 0.03, `${part.meanTarget} beside ${whole.meanTarget}`);
      assert.ok(part.evaluation.task === 'binary' && whole.evaluation.task === 'binary');
      assert.ok(part.evaluation.rows < whole.evaluation.rows / 2);
      const [a, b] = [part.evaluation, whole.evaluation].map(({ logLoss }) => logLoss ?? Number.NaN);
      assert.ok(Math.abs((a as number) - (b as number)) < 0.08, `${a} beside ${b}`);
    } finally {
      await bench.close();
    }
  });
});

describe('a split by entity', () => {
  it('has all rows of a card in one part, by a seed', async () => {
    const split = { by: 'entity', train: 0.5, validation: 0.25 } as const;
    const bench = await open({ split });
    try {
      const partOf = (rows: readonly Row[]): Map<unknown, unknown> => {
        const parts = new Map<unknown, unknown>();
        for (const { card, _split } of rows) {
          assert.equal(parts.get(card) ?? _split, _split, String(card));
          parts.set(card, _split);
        }
        return parts;
      };
      const once = partOf(await rowsOf(bench));
      assert.equal(new Set(once.values()).size, 3);
      const { parts } = modelVersionOf(live(bench, 'fraud'));
      const counted = trainingSetVersionOf(live(bench, 'fraud_rows')).parts;
      assert.deepEqual(parts.test.rows, counted.test.rows);
      assert.deepEqual(parts.train.from, counted.train.from);
      await bench.run(shop({ split, seed: 7 }));
      assert.notDeepEqual(partOf(await rowsOf(bench)), once);
    } finally {
      await bench.close();
    }
  });
});

describe('a gap between the parts', () => {
  const DAY = 86_400_000;
  const day = (number: number): Date => new Date(START + number * DAY);
  const splits = {
    'by shares': { train: 0.7, validation: 0.15 },
    'by days': { validationFrom: day(15), testFrom: day(25) },
    'longer than a part': { validationFrom: day(15), testFrom: day(17) },
  };
  for (const [name, split] of Object.entries(splits))
    it(`${name}: leaves out the rows less than it before a border, and nothing else`, async () => {
      const bench = await open({ split });
      try {
        const all = await rowsOf(bench);
        const time = (row: Row): number => (row['paid_at'] as Date).getTime();
        const borders = ['validation', 'test'].map((part) =>
          time(all.find((row) => row['_split'] === part) as Row),
        );
        const wanted = all.filter(
          (row) => !borders.some((border) => time(row) < border && time(row) + 3 * DAY > border),
        );
        const left = all.length - wanted.length;
        assert.ok(left > 100);

        const gapped = shop({ split: { ...split, gap: '3d' } });
        const { steps } = await bench.run(gapped);
        assert.deepEqual(await rowsOf(bench), wanted);
        const version = live(bench, 'fraud_rows');
        assert.equal(trainingSetVersionOf(version).inGap, left);
        const note = steps.find(({ step }) => step.asset === 'fraud_rows')?.note ?? '';
        assert.ok(note.endsWith(`; ${left} left out in the gaps between parts`), note);
        assert.equal((await rebuildTrainingSet(bench.workspace, graphOf(gapped), version)).same, true);
      } finally {
        await bench.close();
      }
    });

  it('that is no length of time is refused where it is declared', () => {
    const split = { train: 0.7, validation: 0.15, gap: '0d' } as const;
    assert.throws(() => shop({ split }), { code: 'MILL_DURATION_INVALID' });
  });
});

describe('leakage', () => {
  it('of a field that knows the answer is found, by what it tells and by lineage, and blocks where that was asked', async () => {
    const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
    try {
      putPayments(bench, 'a', ROWS);
      const result = await bench.run(shop({ plant: ['answer'], leakage: 'block' }));
      assert.ok(told(result).includes('fraud_rows create rejected'));
      assert.deepEqual(leaks(bench), ['leakage: hint alone', 'leakage: answer.hint by lineage']);
      const [alone, lineage] = checksOf(bench).filter(({ passed }) => !passed);
      assert.match(alone?.observed ?? '', /ROC-AUC 1\.0000/);
      assert.match(lineage?.observed ?? '', /made of chargebacks\.id .* so is is_fraud/);
      assert.equal(bench.workspace.state.live('fraud_rows'), undefined);

      await bench.run(shop({ plant: ['answer'] }));
      assert.deepEqual(leaks(bench), ['leakage: hint alone', 'leakage: answer.hint by lineage']);
      assert.ok(live(bench, 'fraud_rows'));
    } finally {
      await bench.close();
    }
  });

  it('of past answers is found when they count as known before they are, and not when they wait', async () => {
    const bench = await open({ plant: ['past answers'] });
    try {
      assert.deepEqual(leaks(bench), ['leakage: past_fraud by lineage']);
      const [found] = checksOf(bench).filter(({ passed }) => !passed);
      assert.match(
        found?.observed ?? '',
        /rows of outcomes count as known at once, the label is known after 5d/,
      );
      await bench.run(shop({ plant: ['past answers'], availableAfter: '5d' }));
      assert.deepEqual(leaks(bench), []);
    } finally {
      await bench.close();
    }
  });

  it('of what is always known too late is found, with the reason', async () => {
    const bench = await open({ plant: ['late'] });
    try {
      assert.deepEqual(leaks(bench), ['leakage: charged in time', 'leakage: charged_at in time']);
      const [found] = checksOf(bench).filter(({ passed }) => !passed);
      assert.match(
        found?.observed ?? '',
        /known .* or more after they happen, and its window reaches back 1d/,
      );
    } finally {
      await bench.close();
    }
  });

  it('of rows that stand in two parts is counted', async () => {
    const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
    try {
      putPayments(bench, 'a', ROWS);
      await bench.run(twice());
      const check = checksOf(bench).find(({ name }) => name === 'leakage: rows in two parts');
      assert.equal(check?.passed, false);
      assert.match(check?.observed ?? '', /^[\d,]+ of [\d,]+ rows to judge by are among those learnt from$/);
      assert.match(check?.observed ?? '', /^1,500 of 1,500 /);
    } finally {
      await bench.close();
    }
  });
});

describe('the manifest', () => {
  it('builds the same rows again when everything that is live has moved on, and says so when it cannot', async () => {
    const change: ShopChange = { negatives: { share: 0.5 } };
    const bench = await open(change);
    const { workspace } = bench;
    try {
      const version = live(bench, 'fraud_rows');
      const { manifest } = trainingSetVersionOf(version);
      assert.equal(manifest.rows, version.rows);
      // Other payments, other features, another split.
      putPayments(bench, 'a', 900);
      putPayments(bench, 'b', 400, 30);
      const moved = shop({ ...change, split: { by: 'entity', train: 0.5, validation: 0.25 } });
      await bench.run(moved);
      const now = live(bench, 'fraud_rows');
      assert.notEqual(now.id, version.id);
      assert.notEqual(trainingSetVersionOf(now).manifest.digest, manifest.digest);
      assert.deepEqual(await rebuildTrainingSet(workspace, graphOf(moved), version), {
        rows: manifest.rows,
        digest: manifest.digest,
        same: true,
      });
      assert.equal((await rebuildTrainingSet(workspace, graphOf(moved), now)).same, true);

      // The digest is of the content: one that was written down wrongly is found out.
      const wrong = { ...manifest, definition: { ...manifest.definition, seed: 99 } };
      const forged = {
        ...version,
        detail: { ...(version.detail as object), manifest: wrong },
      } as never;
      assert.equal((await rebuildTrainingSet(workspace, graphOf(moved), forged)).same, false);

      const edited = graphOf(moved);
      const node = edited.nodes.get('now') as { body: { code: string } };
      const other = {
        ...edited,
        nodes: new Map(edited.nodes).set('now', { ...node, body: { ...node.body, code: 'x' } } as never),
      };
      await assert.rejects(rebuildTrainingSet(workspace, other, version), { code: 'MILL_TRAINING_SET_CODE' });
      const lost = { ...manifest, labels: { ...manifest.labels, version: 'outcomes@77' } };
      await assert.rejects(
        rebuildTrainingSet(workspace, graphOf(moved), {
          ...version,
          detail: { ...(version.detail as object), manifest: lost },
        } as never),
        { code: 'MILL_TRAINING_SET_GONE' },
      );
    } finally {
      await bench.close();
    }
  });
});

describe('an export', () => {
  let bench: Bench;
  let rows: Row[];
  before(async () => {
    bench = await open({ negatives: { share: 0.5 } });
    rows = await rowsOf(bench);
  });
  after(() => bench.close());
  const to = (name: string): string => join(bench.folder, name);
  const files = ['manifest.json', 'profile.json', 'rows.arrow', 'rows.parquet'];

  it('has every row and value, as Parquet and as Arrow', async () => {
    const version = live(bench, 'fraud_rows');
    assert.deepEqual(await exportTrainingSet(bench.workspace, version, to('out/deep')), files);
    const session = await bench.workspace.engine.session();
    const parquet = await session.rows<Row>(
      `select * replace (paid_at at time zone 'UTC' as paid_at) from '${to('out/deep/rows.parquet')}'`,
    );
    const types = await session.rows<{ column_name: string; column_type: string }>(
      `describe from '${to('out/deep/rows.parquet')}'`,
    );
    session.close();
    assert.deepEqual(parquet, rows);
    assert.equal(types.find((c) => c.column_name === 'paid_at')?.column_type, 'TIMESTAMP WITH TIME ZONE');

    const arrow = tableFromIPC(readFileSync(to('out/deep/rows.arrow')));
    const read = arrow.toArray().map((row) => {
      const plain = (row as { toJSON(): Row }).toJSON();
      return Object.fromEntries(
        Object.entries(plain).map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : name === 'paid_at' ? new Date(value as number) : value,
        ]),
      );
    });
    assert.deepEqual(read, rows);
    const manifest = JSON.parse(readFileSync(to('out/deep/manifest.json'), 'utf8'));
    assert.equal(manifest.version, version.id);
    assert.equal(manifest.digest, trainingSetVersionOf(version).manifest.digest);
  });

  it('takes the place of an earlier one, and of nothing else', async () => {
    const version = live(bench, 'fraud_rows');
    const { workspace } = bench;
    mkdirSync(to('empty'));
    await exportTrainingSet(workspace, version, to('empty'));
    await exportTrainingSet(workspace, version, to('empty'), ['parquet']);
    assert.deepEqual(
      readdirSync(to('empty')).sort(),
      files.filter((file) => file !== 'rows.arrow'),
    );

    writeFileSync(to('empty/notes.txt'), 'mine');
    const refused = { code: 'MILL_EXPORT_FOLDER' };
    await assert.rejects(exportTrainingSet(workspace, version, to('empty')), refused);
    assert.equal(readFileSync(to('empty/notes.txt'), 'utf8'), 'mine');
    await assert.rejects(exportTrainingSet(workspace, version, to('in')), refused);
    await assert.rejects(exportTrainingSet(workspace, version, to('empty/notes.txt')), refused);
    // There can be no such folder.
    for (const name of ['empty/notes.txt/deep', 'x'.repeat(300)])
      await assert.rejects(exportTrainingSet(workspace, version, to(name)), refused);
    mkdirSync(to('theirs'));
    writeFileSync(to('theirs/manifest.json'), '{"name": "a web page"}');
    await assert.rejects(exportTrainingSet(workspace, version, to('theirs')), refused);
    // Nothing is left beside.
    assert.deepEqual(
      readdirSync(bench.folder).filter((name) => name.startsWith('.empty')),
      [],
    );
    assert.ok(existsSync(to('out/deep/rows.parquet')));
  });
});
