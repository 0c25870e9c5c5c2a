import { createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ContractSpec } from '../src/assets/contract/index.ts';
import { discover, loadFiles } from '../src/assets/source/index.ts';
import { openDuckDb } from '../src/engine/index.ts';

// Loading a CSV of 1,000,000 rows and 10 columns under a contract, beside DuckDB's own COPY of the same file to Parquet, which
// checks nothing. Run by hand: node --conditions=source bench/source-load.ts

const ROWS = 1_000_000;
const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
mkdirSync(join(folder, 'out'));

async function writeCsv(name: string, badEvery: number): Promise<void> {
  function* lines() {
    yield 'payment_id,card_id,amount,country,paid_at,items,flag,note,x,y\n';
    let random = 1;
    for (let i = 0; i < ROWS; i++) {
      random = (random * 48271) % 2147483647;
      const amount = badEvery > 0 && i % badEvery === 0 ? 'n/a' : (random % 50000) / 100;
      const at = new Date(1_700_000_000_000 + i * 1000).toISOString();
      yield `p${String(i).padStart(9, '0')},card${random % 50000},${amount},${['US', 'DE', 'IN', 'FR'][i % 4]},${at},${i % 97},${i % 3 === 0},note ${i},${random / 2147483647},${random / 1000}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, name)));
}

const column = (
  name: string,
  type: ContractSpec['columns'][number]['type'],
  rules: ContractSpec['columns'][number]['rules'] = [],
) => ({ name, type, nullable: false, rules });
const contract: ContractSpec = {
  columns: [
    column('payment_id', 'string', [{ rule: 'matches', pattern: '^p[0-9]+$' }]),
    column('card_id', 'string'),
    column('amount', 'double', [{ rule: 'between', min: 0, max: 50_000 }]),
    column('country', 'string', [{ rule: 'oneOf', values: ['US', 'DE', 'IN', 'FR'] }]),
    column('paid_at', 'timestamp'),
    column('items', 'integer'),
    column('flag', 'boolean'),
    column('note', 'string'),
    column('x', 'double'),
    column('y', 'double'),
  ],
  key: ['payment_id'],
  eventTime: 'paid_at',
  availableAfter: 0,
  tableRules: [],
  onBreach: 'quarantine',
};

const engine = await openDuckDb({});
const session = await engine.session();
const rows: { what: string; seconds: string; 'rows/s': string; 'beside COPY': string }[] = [];
try {
  await writeCsv('clean.csv', 0);
  await writeCsv('dirty.csv', 100);
  console.log(`${(statSync(join(folder, 'clean.csv')).size / 1e6).toFixed(0)} MB`);
  let copy = 0;
  const measure = async (what: string, work: () => Promise<unknown>) => {
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      const from = performance.now();
      await work();
      best = Math.min(best, (performance.now() - from) / 1000);
    }
    if (copy === 0) copy = best;
    rows.push({
      what,
      seconds: best.toFixed(2),
      'rows/s': Math.round(ROWS / best).toLocaleString('en'),
      'beside COPY': `${(best / copy).toFixed(2)}×`,
    });
  };
  const load = (name: string, using: ContractSpec) => async () => {
    const spec = { glob: name, nulls: [''] };
    const result = await loadFiles({
      session,
      contract: using,
      spec,
      files: discover(spec, folder).map((found) => ({ found, load: 1 })),
      leaving: [],
      table: { state: undefined, folder: join(folder, 'out') },
      quarantine: { state: undefined, folder: join(folder, 'out') },
      now: 0,
    });
    const { rows, quarantined } = result.loads[0]!;
    if (rows + quarantined !== ROWS) throw new Error(`${rows} + ${quarantined} rows`);
  };
  await measure('DuckDB COPY to Parquet (zstd), nothing checked', () =>
    session.run(
      `copy (from read_csv('${join(folder, 'clean.csv')}')) to '${join(folder, 'out/copy.parquet')}' (format parquet, compression zstd)`,
    ),
  );
  await measure('load, no key', load('clean.csv', { ...contract, key: [] }));
  await measure('load, key', load('clean.csv', contract));
  await measure('load, key, 1 % bad rows', load('dirty.csv', contract));
  console.table(rows);
} finally {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
}
