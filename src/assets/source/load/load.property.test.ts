import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { judgeKeys, judgeRow } from '../../contract/enforce.oracle.ts';
import type { BreachPolicy } from '../../contract/index.ts';
import { discover } from '../files/discover.ts';
import { loadFiles } from './load.ts';
import { col, contractOf, openBench, type SourceBench } from './source.fixture.ts';

// Random rows, valid and broken in random ways, written as files in random dialects: every row is accounted for exactly
// once, with the oracle's verdict, on the line where it was written.

let bench: SourceBench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const columns = [
  col('id', 'string', { rules: [{ rule: 'matches', pattern: '^[a-z]' }] }),
  col('"n"; -- ', 'integer', { nullable: true, rules: [{ rule: 'between', min: 0, max: 5 }] }),
  col('é,x', 'double', { nullable: true }),
  col('at', 'timestamp'),
];

const word = fc.constantFrom(
  'a',
  'b',
  'c',
  'dé',
  'e\u{1F600}',
  'x"y',
  'p,q',
  'two\nlines',
  'old\rmac',
  'null\0',
  '  "q"',
  'three\r\nreal\n\nlines',
  ' s ',
  'Z',
  '',
  "'",
  '\\',
  'a\tb',
  'f;g',
  '=1+1',
  'null',
  '\u00a0',
  'a|b',
  '{"a":1}',
);
const number = fc.constantFrom(
  '0',
  '1',
  '2',
  '3.0',
  '4',
  '5',
  '6',
  '-1',
  '1.5',
  'x',
  '',
  ' 2 ',
  '1e0',
  '1,5',
  'NaN',
);
const instant = fc.constantFrom(
  '2024-01-01',
  '2024-01-01T10:00:00Z',
  '2024-01-01 10:00:00.5+02:00',
  'soon',
  '',
  '2024-13-01',
  '1500-01-01',
);
const row: fc.Arbitrary<Row> = fc.record({
  cells: fc.tuple<[string, string, string, string, string]>(word, number, number, instant, word),
  /** How the line is spoilt, if at all: it is no row then. */
  spoil: fc.oneof(
    { weight: 12, arbitrary: fc.constant('') },
    fc.constantFrom('short', 'long', 'tail', 'blank'),
  ),
  quoted: fc.boolean(),
});
interface Row {
  cells: [string, string, string, string, string];
  spoil: string;
  quoted: boolean;
}

interface Written {
  readonly text: string;
  /** In order: the line it begins on, and the cells, or null for a line that is no row. */
  readonly rows: { line: number; cells: string[] | null }[];
}

function writeCsv(
  rows: readonly Row[],
  order: readonly number[],
  delimiter: string,
  newline: string,
): Written {
  const names = [...columns.map((column) => column.name), 'more'];
  const quote = (cell: string, always: boolean) =>
    always || cell === '' || /[",;|\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  let text = order.map((i) => quote(names[i]!, false)).join(delimiter) + newline;
  const written: Written['rows'] = [];
  const lineNow = () => text.split(/\r\n|\n|\r/).length;
  for (const { cells, spoil, quoted } of rows) {
    if (spoil === 'blank') {
      text += newline;
      continue;
    }
    const line = lineNow();
    if (spoil === '') {
      text += order.map((i) => quote(cells[i]!, quoted)).join(delimiter) + newline;
      written.push({ line, cells });
    } else {
      text +=
        {
          short: `x${delimiter}y`,
          long: 'x'.padEnd(5, delimiter).padEnd(9, 'y') + delimiter.repeat(9),
          tail: `"a"b${delimiter}c`,
        }[spoil]! + newline;
      written.push({ line, cells: null });
    }
  }
  return { text, rows: written };
}

function writeJson(rows: readonly Row[], newline: string): Written {
  let text = '';
  const written: Written['rows'] = [];
  let line = 1;
  for (const { cells, spoil, quoted } of rows) {
    const object = Object.fromEntries([
      ...columns.map((column, i) => [
        column.name,
        /^[0-9.]+$/.test(cells[i]!) && quoted ? Number(cells[i]) : cells[i],
      ]),
      ['more', cells[4]],
    ]);
    const body = {
      '': JSON.stringify(object),
      blank: '',
      short: '{"id":"a"',
      long: `${JSON.stringify(object)} x`,
      tail: '["id"]',
    }[spoil]!;
    text += body + newline;
    if (spoil !== 'blank')
      written.push({
        line,
        cells: spoil === '' ? columns.map((column) => String(object[column.name])) : null,
      });
    line++;
  }
  return { text, rows: written };
}

const file = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 30, size: 'max' }),
  json: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
});

test('every row is accounted for exactly once, with the oracle’s verdict', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: 4 }),
      fc.constantFrom<BreachPolicy>('quarantine', 'warn'),
      fc.constantFrom(1, 500),
      async (files, onBreach, batchFiles) => {
        round++;
        const contract = contractOf(columns, { key: ['id', '"n"; -- '], eventTime: 'at', onBreach });
        const all: { load: number; line: number; json: boolean; cells: string[] | null }[] = [];
        files.forEach(({ rows, json, order, delimiter, newline, bom }, i) => {
          // A JSON file needs one object with all keys to have its columns.
          const first: Row = { cells: ['seed', String(i), '1', '2024-01-01', ''], spoil: '', quoted: false };
          const written = json
            ? writeJson([first, ...rows], newline)
            : writeCsv([first, ...rows], order, delimiter, newline);
          bench.put(`${round}/${i}.${json ? 'jsonl' : 'csv'}`, (bom ? '\uFEFF' : '') + written.text);
          for (const one of written.rows) all.push({ load: i + 1, json, ...one });
        });
        const rows = all.filter((one) => one.cells !== null);
        const nulls = (json: boolean) => (json ? [] : ['']);
        const verdicts = judgeKeys(
          contract,
          rows.map(({ cells, json }) => judgeRow(contract, cells!, nulls(json))),
          [],
        );
        const good: unknown[] = [];
        const aside: unknown[] = [];
        rows.forEach(({ load, line }, i) => {
          const { rules, unfit, values } = verdicts[i]!;
          const out = onBreach === 'warn' ? unfit : rules.length > 0;
          if (out) aside.push({ load, line, rules });
          else good.push([load, ...values]);
        });
        for (const one of all)
          if (one.cells === null)
            aside.push({ load: one.load, line: one.line, rules: [one.json ? 'json' : 'csv'] });

        const spec = { glob: `${round}/*`, nulls: [''] };
        const result = await loadFiles({
          session: bench.session,
          contract,
          spec,
          files: discover(spec, bench.folder).map((found, i) => ({ found, load: i + 1 })),
          leaving: [],
          table: { state: undefined, folder: bench.lake.folderOf('t') },
          quarantine: { state: undefined, folder: bench.lake.folderOf('q') },
          now: 0,
          batchFiles,
        });
        const read = async (list: readonly { path: string }[], what: string) =>
          list.length === 0
            ? []
            : bench.session.rows<Record<string, unknown>>(
                `select ${what} from read_parquet([${list.map((f) => `'${f.path}'`).join(', ')}])`,
              );
        const sorted = (list: unknown[]) => list.map((item) => JSON.stringify(item)).sort();
        const foundGood = await read(
          result.table.files,
          `[_load::VARCHAR, id, "${'"n"; -- '.replaceAll('"', '""')}"::VARCHAR, "é,x"::VARCHAR, epoch_us("at")::VARCHAR] as row`,
        );
        assert.deepEqual(
          sorted(
            foundGood.map((r) =>
              (r['row'] as (string | null)[]).map((v, i) => (v === null || i === 1 ? v : Number(v))),
            ),
          ),
          sorted(good),
        );
        const foundAside = await read(result.quarantine.files, '_load, _line, _rules, _row');
        assert.deepEqual(
          sorted(
            foundAside.map((r) => ({
              load: r['_load'],
              line: r['_line'],
              rules: JSON.parse(r['_rules'] as string),
            })),
          ),
          sorted(aside),
        );
        // The raw cells come back letter by letter.
        for (const r of foundAside) {
          const source = all.find((one) => one.load === r['_load'] && one.line === r['_line'])!;
          const raw = JSON.parse(r['_row'] as string) as Record<string, unknown>;
          if (source.cells !== null)
            columns.forEach((column, i) => {
              assert.equal(String(raw[column.name]), source.cells![i]);
            });
        }
        assert.equal(
          result.loads.reduce((sum, load) => sum + load.rows + load.quarantined, 0),
          all.length,
        );
      },
    ),
    { numRuns: 25 },
  );
});
