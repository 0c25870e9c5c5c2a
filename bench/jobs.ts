import { mkdtempSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ContractSpec, enforceSql } from '../src/assets/contract/index.ts';
import { kinds } from '../src/assets/index.ts';
import { discover, loadFiles } from '../src/assets/source/index.ts';
import { openDuckDb, type Session } from '../src/engine/index.ts';
import { graphOf, openWorkspace, type Project, run } from '../src/graph/index.ts';
import { col, files, project, source, sql, table } from '../src/index.ts';
import { measured } from './measured.ts';
import { byHand, contract, typedCsv } from './payments.ts';

// One piece of work on a file of payments, measured by itself; prints what it took. Started by bench/job.ts:
//   node --conditions=source bench/jobs.ts JOB FILE

type Work = (session: Session, file: string, folder: string) => Promise<unknown>;

const loading =
  (using: ContractSpec): Work =>
  async (session, file, folder) => {
    const spec = { glob: basename(file), nulls: [''] };
    const { loads } = await loadFiles({
      session,
      contract: using,
      spec,
      files: discover(spec, dirname(file)).map((found) => ({ found, load: 1 })),
      leaving: [],
      table: { state: undefined, folder: join(folder, 'table') },
      quarantine: { state: undefined, folder: join(folder, 'quarantine') },
      now: 0,
    });
    return [loads[0]?.rows, loads[0]?.quarantined];
  };

/** Types, nulls and the event time alone. */
const plain = {
  ...contract,
  columns: contract.columns.map((one) => ({ ...one, rules: [] })),
  rowRules: [],
};

const jobs: Record<string, Work> = {
  /** Rows that break each rule, by the query that a load and a table judge with. */
  check: async (session, file) => {
    const cells = contract.columns.map(({ name, type }) => ({ sql: `"${name}"`, form: FORMS[type] }));
    const judged = enforceSql(contract, { from: `read_parquet('${file}')`, cells, nulls: [], keep: [] });
    const rows = await session.rows<{ rule: string; n: number }>(
      `select rule, count(*) as n from (select unnest(_rules) as rule from (${judged}) where _rules is not null) group by rule order by rule`,
    );
    return rows.map(({ rule, n }) => [rule, Number(n)]);
  },
  'check-by-hand': async (session, file) => {
    const counts = byHand.map(({ broken }, i) => `count(*) filter (where ${broken}) as n${i}`).join(', ');
    const [row] = await session.rows<Record<string, number>>(`select ${counts} from read_parquet('${file}')`);
    return byHand
      .map(({ name }, i) => [name, Number(row?.[`n${i}`])])
      .filter(([, n]) => n !== 0)
      .sort();
  },
  load: loading({ ...plain, key: ['payment_id'] }),
  'load-without-key': loading(plain),
  'load-20-rules': loading({ ...contract, key: ['payment_id'] }),
  copy: async (session, file, folder) => {
    await session.run(
      `copy (${typedCsv(file)}) to '${join(folder, 'copy.parquet')}' (format parquet, compression zstd)`,
    );
    return undefined;
  },
};

const FORMS = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
} as const;

/** A table over payments that are loaded: only the table is measured. */
async function buildsTable(file: string, folder: string): Promise<void> {
  const payments = source('payments', {
    from: files(file),
    columns: {
      payment_id: col.string(),
      card_id: col.string(),
      amount: col.double(),
      paid_at: col.timestamp(),
    },
    eventTime: 'paid_at',
  });
  const spent = table('spent', {
    columns: {
      payment_id: col.string(),
      card_id: col.string(),
      spent: col.double(),
      paid_at: col.timestamp(),
    },
    key: 'payment_id',
    eventTime: 'paid_at',
    query: sql`select payment_id, card_id, amount * 2 as spent, paid_at from ${payments}`,
  });
  const graph = graphOf(project('growth', { payments, spent }) as unknown as Project);
  const workspace = await openWorkspace(folder);
  try {
    await run(graph, kinds, workspace, { only: ['payments'] });
    await measured(async () => {
      const { steps } = await run(graph, kinds, workspace);
      return steps.map(({ outcome, version }) => [outcome, version?.rows]);
    });
  } finally {
    await workspace.close();
  }
}

const [name = '', file = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(dirname(file), 'job-'));
try {
  if (name === 'table') await buildsTable(file, folder);
  else {
    const work = jobs[name];
    if (work === undefined) throw new Error(`no job '${name}'`);
    const engine = await openDuckDb({});
    const session = await engine.session();
    await measured(() => work(session, file, folder));
    await engine.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
