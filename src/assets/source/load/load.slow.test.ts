import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { col, contractOf, openBench, type SourceBench } from './source.fixture.ts';

// A file larger than several of DuckDB's buffers (32 MB), so that it is read by several threads at once: order, lines and the
// first of equal keys must not depend on that.

let bench: SourceBench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const ROWS = 1_200_000;
const contract = contractOf([col('id', 'integer'), col('n', 'integer'), col('text', 'string')], {
  key: ['id'],
});

for (const broken of [false, true])
  test(`lines and first keys of a large file${broken ? ' with lines that are no rows' : ''}`, async () => {
    const parts: string[] = [];
    const wanted: [number, string][] = [];
    let line = 1;
    const write = (text: string) => {
      parts.push(text);
      line += text.split('\n').length - 1;
    };
    write('id,n,text\n');
    const filler = 'x'.repeat(70);
    for (let i = 0; i < ROWS; i++) {
      if (i % 50_021 === 7) {
        wanted.push([line, 'n: not an integer']);
        write(`${i},bad,${filler}\n`);
      } else if (i % 70_001 === 9) {
        // The key of the row five before.
        wanted.push([line, 'key: duplicate']);
        write(`${i - 5},${i},${filler}\n`);
      } else if (i % 90_001 === 11) write(`${i},${i},"two\nlines"\n\n`);
      else if (broken && i % 200_003 === 13) {
        wanted.push([line, 'csv']);
        write(`${i},"x\n`);
      } else write(`${i},${i},${filler}\n`);
    }
    bench.put(`${broken}.csv`, parts.join(''));
    const result = await bench.load(
      contract,
      { glob: `${broken}.csv` },
      { firstLoad: broken ? 2 : 1, leaving: broken ? [1] : [] },
    );
    assert.deepEqual(
      (await bench.aside()).map(({ line: at, rules }) => [at, rules.join()]),
      wanted,
    );
    assert.equal(result.loads[0]!.rows, ROWS - wanted.length);
  });
