import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  assertOut,
  type BatchOptions,
  type BatchResult,
  modelVersionOf,
  openServing,
  scoreBatch,
  servedBy,
  writeBatch,
} from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Bench, line, NOW, openBench, put, putFirstFiles } from './line.fixture.ts';

interface Answered {
  readonly batch: string;
  readonly row: number;
  readonly as_of: Date;
  readonly version: string;
  readonly model: string;
  readonly output: number;
  readonly probabilities: string;
  readonly classes: string;
  readonly decision: string;
  readonly states: string;
  readonly card_id: string | null;
  readonly payment_id: string | null;
}

const refused =
  (code: string, says = /./) =>
  (error: unknown) =>
    error instanceof MillraceError &&
    error.problems[0]?.code === code &&
    says.test(error.problems.map(({ message }) => message).join('\n'));

describe('a table is scored into a table', () => {
  let bench: Bench;
  const graph = graphOf(line());
  before(async () => {
    bench = await openBench();
    putFirstFiles(bench.folder);
    await bench.run(line());
  });
  after(() => bench.close());

  const live = (asset: string): Version => bench.workspace.state.live(asset) as Version;
  const score = (options: BatchOptions, asset = 'screen'): Promise<BatchResult> =>
    scoreBatch(graph, bench.workspace, live(asset), options);
  const file = (name: string, text: string): string => {
    put(bench.folder, name, text);
    return join(bench.folder, name);
  };

  async function rowsOf({ target, id }: { target: string; id: string }): Promise<Answered[]> {
    const { engine, lake } = bench.workspace;
    const session = await engine.session();
    try {
      const table = session.scan(lake.table(target) as TableState);
      return await session.rows<Answered>(`select * from ${table} where batch = ? order by "row"`, [id]);
    } finally {
      session.close();
    }
  }
  const half = (): string[] => {
    const folder = join(bench.folder, '.millrace/batches');
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  test('as an endpoint answers, row by row, now or at any instant', async () => {
    const serving = await openServing(graph, bench.workspace, servedBy(live('screen')));
    const now = bench.workspace.clock.now();
    const question = fc.record({
      card_id: fc.oneof(
        fc.integer({ min: 0, max: 9 }).map((n) => `c${n}`),
        fc.constantFrom('nobody', 'ü"; drop', ' '),
      ),
      amount: fc.double({ min: 0, max: 1000, noNaN: true }),
    });
    const later = fc.integer({ min: 0, max: 40 * 86_400 }).map((seconds) => now + seconds * 1e6);
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 12 }), later, async (asks, at) => {
          const cells = asks.map(({ card_id, amount }) => `"${card_id.replaceAll('"', '""')}",${amount}`);
          const source = file('asks.csv', `card_id,amount\n${cells.join('\n')}\n`);
          const rows = await rowsOf(await score({ source, asOf: { at }, size: 5 }));
          assert.equal(rows.length, asks.length);
          for (const [i, ask] of asks.entries()) {
            const online = await serving.answer(ask, at);
            const row = rows[i] as Answered;
            assert.equal(row.card_id, ask.card_id);
            assert.ok(Math.abs(row.output - online.output) <= 1e-6, `${row.output} and ${online.output}`);
            assert.deepEqual(
              [row.decision, row.version, row.model, JSON.parse(row.states), JSON.parse(row.classes)],
              [String(online.decision), online.version, online.model, online.states, online.classes],
            );
            assert.equal(row.as_of.getTime(), Math.floor(at / 1000));
          }
        }),
        { numRuns: 12 },
      );
    } finally {
      await serving.close();
    }
  });

  test('as of a column the features are those of a training set, and a table with all inputs needs none', async () => {
    // The training set is these very rows, as of their instants; its table has the inputs as they were answered there.
    const looked = await rowsOf(
      await score({ source: 'outcomes', asOf: { column: 'paid_at' }, to: 'both', size: 50 }),
    );
    const direct = await rowsOf(await score({ source: 'fraud_training', to: 'both' }, 'fraud'));
    assert.equal(looked.length, live('outcomes').rows);
    assert.equal(direct.length, live('fraud_training').rows);
    const byInstant = (rows: readonly Answered[], at: readonly number[]) =>
      rows.map(({ card_id, output }, i) => `${card_id} ${at[i]} ${output}`).sort();
    const instants = async (table: string): Promise<number[]> => {
      const session = await bench.workspace.engine.session();
      const scan = session.scan(bench.workspace.lake.table(table) as TableState, { rowId: true });
      const rows = await session.rows<{ at: number }>(
        `select epoch_us(paid_at) as at from ${scan} order by _row_id`,
      );
      session.close();
      return rows.map(({ at }) => Number(at));
    };
    // To the bit: the same inputs, the same file.
    assert.deepEqual(
      byInstant(looked, await instants('outcomes')),
      byInstant(direct, await instants('fraud_training')),
    );
    assert.ok(looked.every(({ payment_id }) => payment_id !== null));
    assert.ok(
      direct.every(
        ({ payment_id, version, model, states }) =>
          payment_id === null && version === 'fraud@1' && model === 'fraud@1' && states === '{}',
      ),
    );
  });

  test('killed in between, it goes on after its last finished piece; all rows appear at once', async () => {
    const whole = await rowsOf(await score({ source: 'outcomes', to: 'kill', id: 'whole' }));
    for (const kills of [1, 2]) {
      const options = { source: 'outcomes', to: 'kill', id: `cut ${kills}`.replace(' ', '-'), size: 30 };
      for (let i = 0; i < kills; i++) {
        const stop = new AbortController();
        let pieces = 0;
        const cut = score({
          ...options,
          signal: stop.signal,
          progress: (_, what) => {
            if (/ rows$/.test(what) && ++pieces > i + 1) stop.abort(new Error('killed'));
          },
        });
        await assert.rejects(cut, /killed/);
        assert.deepEqual(await rowsOf({ target: 'kill__batch', id: options.id }), [], 'nothing half');
        assert.equal(half().length, 1);
      }
      const done = await score(options);
      assert.equal(done.resumed, 30 * (kills + 1));
      const rows = await rowsOf(done);
      assert.deepEqual(
        rows.map(({ batch: _, ...row }) => row),
        whole.map(({ batch: _, ...row }) => row),
      );
      assert.deepEqual(half(), []);
    }
  });

  test('a batch of an id is there once, whoever asks for it, and of another question not at all', async () => {
    const options = { source: 'outcomes', to: 'once', id: '2026-01-08' };
    const [one, other] = await Promise.all([score(options), score({ ...options, size: 40 })]);
    const third = await score(options);
    assert.deepEqual([one, other].map(({ again }) => again).sort(), [false, true]);
    assert.equal(third.again, true);
    assert.equal((await rowsOf(third)).length, live('outcomes').rows);
    await assert.rejects(score({ ...options, source: 'fraud_training' }), refused('MILL_BATCH_ID'));
    await assert.rejects(score({ ...options, id: '../x' }), refused('MILL_BATCH_ID'));
    // Without an id each is one of its own.
    const [a, b] = [
      await score({ source: 'outcomes', to: 'once' }),
      await score({ source: 'outcomes', to: 'once' }),
    ];
    assert.notEqual(a.id, b.id);
  });

  test('a batch of an id and a file is refused once the file has changed', async () => {
    const source = file('nightly.csv', 'card_id,amount\nc1,30\n');
    const options = { source, to: 'nightly', id: 'nightly' };
    assert.equal((await score(options)).again, false);
    assert.equal((await score(options)).again, true);
    file('nightly.csv', 'card_id,amount\nc1,31\nc2,4\n');
    await assert.rejects(score(options), refused('MILL_BATCH_ID', /a file that has changed/));
    assert.equal((await rowsOf({ target: 'nightly__batch', id: 'nightly' })).length, 1);
  });

  test('what was kept of a batch that another model would answer is not gone on with', async () => {
    const strict = line({ iterations: 3 });
    const stop = new AbortController();
    const options = { source: 'outcomes', to: 'moved', id: 'moved', size: 30 };
    const progress = (_: number, what: string): void => {
      if (/ rows$/.test(what)) stop.abort(new Error('killed'));
    };
    await assert.rejects(score({ ...options, signal: stop.signal, progress }), /killed/);
    await bench.run(strict);
    const done = await scoreBatch(graphOf(strict), bench.workspace, live('screen'), options);
    assert.equal(done.resumed, 0);
    assert.deepEqual([...new Set((await rowsOf(done)).map(({ model }) => model))], [live('fraud').id]);
    await bench.run(line());
    rmSync(join(bench.folder, '.millrace/batches'), { recursive: true });
  });

  test('killed between the commit and its end, it is there already', async () => {
    const { state } = bench.workspace;
    const stop = new AbortController();
    const options = { source: 'outcomes', to: 'late', size: 30 };
    const progress = (_: number, what: string): void => {
      if (/ rows$/.test(what)) stop.abort(new Error('killed'));
    };
    await assert.rejects(score({ ...options, signal: stop.signal, progress }), /killed/);
    const kept = join(bench.folder, '.millrace/batches');
    cpSync(kept, `${kept}-kept`, { recursive: true });
    const done = await score(options);
    cpSync(`${kept}-kept`, kept, { recursive: true });
    const again = await score(options);
    assert.deepEqual([again.id, again.again, again.rows], [done.id, true, done.rows]);
    assert.equal((await rowsOf(done)).length, done.rows);
    assert.deepEqual(state.batches.get(done.id)?.id, done.id);
    assert.deepEqual(half(), []);
    assert.notEqual((await score(options)).id, done.id);
  });

  test('as Parquet too, with instants in UTC', async () => {
    const done = await score({ source: 'outcomes', to: 'out' });
    const path = join(bench.folder, 'out.parquet');
    await writeBatch(bench.workspace, done, path);
    const again = await score({ source: path, to: 'out' }).catch((error) => error);
    // The file has a card, and no amount.
    assert.ok(refused('MILL_BATCH_COLUMNS', /no column 'amount'/)(again));
    await assert.rejects(writeBatch(bench.workspace, done, 'out.csv'), refused('MILL_BATCH_TARGET'));
    // Nor where the rows stand that are scored, whatever it is called.
    symlinkSync(path, `${path}.link.parquet`);
    for (const same of [path, `${bench.folder}/./out.parquet`, `${path}.link.parquet`])
      assert.throws(() => assertOut(same, path), refused('MILL_BATCH_TARGET', /is to be scored/));
    assert.equal(assertOut(`${path}.new.parquet`, path), `${path}.new.parquet`);
    assert.equal(assertOut(path, 'outcomes'), path);
    const session = await bench.workspace.engine.session();
    const types = await session.describe(`select as_of, "row", output from read_parquet('${path}')`);
    session.close();
    assert.deepEqual(
      types.map(({ type }) => type),
      ['TIMESTAMP WITH TIME ZONE', 'integer', 'double'],
    );
  });

  test('an instant of a CSV file is read with its zone, and one without is in UTC', async () => {
    const source = file(
      'zones.csv',
      'card_id;amount;at\nc1;3;2026-01-05T12:00:00+05:00\nc1;3;2026-01-05 12:00:00\nc1;3;2026-01-05T12:00Z\n',
    );
    const rows = await rowsOf(await score({ source, to: 'zones', asOf: { column: 'at' } }));
    assert.deepEqual(
      rows.map(({ as_of }) => as_of.toISOString()),
      ['2026-01-05T07:00:00.000Z', '2026-01-05T12:00:00.000Z', '2026-01-05T12:00:00.000Z'],
    );
  });

  test('a table of inputs without any key is known by its rows', async () => {
    const { inputs } = modelVersionOf(live('fraud'));
    const names = inputs.map(({ name }) => name);
    const source = file('direct.csv', `${names.join(',')}\n${names.map((_, i) => i).join(',')}\n`);
    assert.equal((await rowsOf(await score({ source, to: 'keyless' }))).length, 1);
  });

  describe('bad input is refused, all at once, and nothing is scored', () => {
    const cases: readonly [string, string, string, RegExp, Partial<BatchOptions>?][] = [
      ['no such table', 'outcome', 'MILL_BATCH_SOURCE', /'outcomes'/],
      ['no such file', 'gone.csv', 'MILL_BATCH_SOURCE', /no file/],
      ['no rows at all', 'activity', 'MILL_BATCH_SOURCE', /no table/],
      [
        'missing columns',
        'cardid,amonut\nc1,3\n',
        'MILL_BATCH_COLUMNS',
        /'card_id'; there is 'cardid'[\s\S]*'amount'; there is 'amonut'/,
      ],
      [
        'a text that is no number',
        'card_id,amount\nc1,3\nc2,much\nc3,more\n',
        'MILL_BATCH_ROWS',
        /2 of 3 rows have an entry of amount that is no double, the first is row 2/,
      ],
      [
        'no key',
        'card_id,amount\nc1,3\n,4\n',
        'MILL_BATCH_ROWS',
        /1 of 2 rows has no card_id, the first is row 2/,
      ],
      [
        'a number outside what the endpoint takes',
        'card_id,amount\nc1,3\nc2,-1\nc3,2000\n',
        'MILL_BATCH_ROWS',
        /2 of 3 rows have an entry of amount that is not between 0 and 1000, the first is row 2/,
      ],
      [
        'a number that is none to JSON',
        'card_id,amount\nc1,inf\nc2,nan\nc3,1_0\n',
        'MILL_BATCH_ROWS',
        /3 of 3 rows have an entry of amount that is no double/,
      ],
      [
        'a line with a cell too many',
        'card_id,amount\nc1,3\nc2,4,5\n',
        'MILL_BATCH_SOURCE',
        /bad\.csv' cannot be read: line 3 is no row of 2 cells/,
      ],
      [
        'a quote that stays open, which the engine would leave out with all that follows',
        'card_id,amount\nc1,3\n"c2,4\nc3,5\n',
        'MILL_BATCH_SOURCE',
        /line 3 is no row of 2 cells/,
      ],
      ['a column twice', 'card_id,amount,amount\nc1,3,4\n', 'MILL_BATCH_SOURCE', /'amount' 2 times/],
      ['Parquet by another name', 'PAR1\n', 'MILL_BATCH_SOURCE', /its content is Parquet/],
      ['no field that is required', 'card_id,amount\nc1,\n', 'MILL_BATCH_ROWS', /no amount/],
      [
        'no column of instants',
        'card_id,amount\nc1,3\n',
        'MILL_BATCH_COLUMNS',
        /'at'/,
        { asOf: { column: 'at' } },
      ],
      [
        'no instant',
        'card_id,amount,at\nc1,3,soon\n',
        'MILL_BATCH_ROWS',
        /an entry of at that is no timestamp/,
        { asOf: { column: 'at' } },
      ],
      [
        'instants at which nothing is known',
        'card_id,amount,at\nc1,3,2026-01-01T00:00:00Z\nc1,3,0001-01-01T00:00:00Z\nc1,3,9999-12-31T00:00:00Z\n',
        'MILL_BATCH_ROWS',
        /2 of 3 rows have an entry of at before 1700 or from 2255 on, the first is row 2/,
        { asOf: { column: 'at' } },
      ],
      [
        'an instant at which nothing is known',
        'card_id,amount\nc1,3\n',
        'MILL_BATCH_ROWS',
        /As of 0001-01-01T00:00:00\.000Z, which is before 1700/,
        { asOf: { at: Date.parse('0001-01-01T00:00:00Z') * 1000 } },
      ],
      ['a name that is none', 'card_id,amount\nc1,3\n', 'MILL_BATCH_TARGET', /./, { to: 'x__predictions' }],
    ];
    for (const [name, given, code, says, more] of cases)
      test(name, async () => {
        const head = bench.workspace.lake.head();
        const source = given.includes('\n') ? file('bad.csv', given) : given;
        await assert.rejects(score({ source, ...more }), refused(code, says));
        assert.equal(bench.workspace.lake.head(), head);
        assert.deepEqual(half(), []);
      });

    test('wrong types of a table', async () => {
      const path = join(bench.folder, 'types.parquet');
      const session = await bench.workspace.engine.session();
      await session.run(`copy (select 1.5 as card_id, 'x' as amount) to '${path}' (format parquet)`);
      session.close();
      await assert.rejects(
        score({ source: path }),
        refused(
          'MILL_BATCH_COLUMNS',
          /'card_id' is a number with a fraction[\s\S]*'amount' is string, not double/,
        ),
      );
    });

    test('a file that is not Parquet, or not whole', async () => {
      const path = file('bad.parquet', 'no parquet at all');
      const says = /bad\.parquet' cannot be read: it is no whole Parquet file/;
      await assert.rejects(score({ source: path }), refused('MILL_BATCH_SOURCE', says));
      const session = await bench.workspace.engine.session();
      await session.run(
        `copy (select 'c' || range as card_id, 1.5::DOUBLE as amount from range(10000)) to '${path}' (format parquet)`,
      );
      session.close();
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(0, whole.length - 20));
      await assert.rejects(score({ source: path }), refused('MILL_BATCH_SOURCE', says));
      // The footer is sound, what it points to is not.
      writeFileSync(path, whole.fill(0xff, 4, 2000));
      await assert.rejects(score({ source: path }), refused('MILL_BATCH_SOURCE', says));
    });

    test('numbers of a Parquet file that break a rule', async () => {
      const path = join(bench.folder, 'rules.parquet');
      const session = await bench.workspace.engine.session();
      await session.run(
        `copy (select unnest(['c1', 'c2', 'c3']) as card_id, unnest(['1', 'nan', '1001'])::DOUBLE as amount) to '${path}' (format parquet)`,
      );
      session.close();
      await assert.rejects(
        score({ source: path }),
        refused(
          'MILL_BATCH_ROWS',
          /1 of 3 rows has an entry of amount that is no number, the first is row 2[\s\S]*not between 0 and 1000/,
        ),
      );
    });

    test('an asset that answers nothing', () =>
      assert.rejects(score({ source: 'outcomes' }, 'payments'), refused('MILL_BATCH_ASSET')));

    test('an empty table is a batch of no rows', async () => {
      const done = await score({ source: file('empty.csv', 'card_id,amount\n'), to: 'none' });
      assert.equal(done.rows, 0);
      assert.deepEqual(await rowsOf(done), []);
      assert.equal(bench.workspace.clock.now(), Date.parse(NOW) * 1000);
    });
  });
});
