import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '../src/assets/index.ts';
import { checked, openWorkspace, type Project, plan, run } from '../src/graph/index.ts';
import { col, files, project, source, sql, table } from '../src/index.ts';
import { load } from './machine.ts';

// How long a project of many tables takes to be checked and planned, opened anew each time as a command does: with nothing
// known, with everything built, and after one edit at the top.
//   node --conditions=source bench/plan-1000.ts [tables] [--build]

const tables = Number(process.argv[2] ?? 1000);
const build = process.argv.includes('--build');

/** Ten sources, and tables in ten layers: filters, joins, groups and windows over two of the layer before. */
export function warehouse(size: number, edit = false): Project {
  const contract = {
    columns: {
      ...{ id: col.string(), city: col.string(), amount: col.double(), fee: col.double().nullable() },
      ...{ kind: col.string().oneOf('a', 'b'), began: col.timestamp() },
      ...(edit ? { note: col.string().nullable() } : {}),
    },
    key: 'id',
    eventTime: 'began',
  } as const;
  const result = {
    columns: {
      id: col.string(),
      city: col.string(),
      amount: col.double(),
      fee: col.double().nullable(),
      kind: col.string(),
      began: col.timestamp(),
    },
    key: 'id',
    eventTime: 'began',
  } as const;
  type Made = ReturnType<typeof source<'s', typeof result.columns>>;
  const sources = Array.from({ length: 10 }, (_, i) =>
    source(`source_${i}`, { ...contract, from: files(`data/${i}/*.csv`) }),
  ) as unknown as Made[];
  const assets: Record<string, Made> = Object.fromEntries(sources.map((asset) => [asset.name, asset]));
  let before: readonly Made[] = sources;
  const layer = Math.ceil((size - 10) / 10);
  for (let made = 10; made < size; ) {
    const now: Made[] = [];
    for (let i = 0; i < layer && made < size; i++, made++) {
      const a = before[i % before.length] as Made;
      const b = before[(i * 7 + 3) % before.length] as Made;
      const query = [
        sql`select id, city, amount * ${i} as amount, fee, kind, began from ${a} where fee > ${i}`,
        sql`select x.id, x.city, x.amount + coalesce(y.amount, 0) as amount, y.fee, x.kind, x.began from ${a} x left join ${b} y using (id)`,
        sql`with g as (select id, max(city) as city, sum(amount) as amount, max(fee) as fee, max(kind) as kind, max(began) as began from ${a} group by id) select * from g where amount > 0`,
        sql`select id, city, sum(amount) over (partition by city order by began, id) as amount, fee, kind, began from ${a}`,
      ][i % 4] as ReturnType<typeof sql>;
      now.push(table(`table_${made}`, { ...result, query }) as unknown as Made);
    }
    for (const asset of now) assets[asset.name] = asset;
    before = now;
  }
  return project('warehouse', assets) as unknown as Project;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  const wall = ((performance.now() - started) / 1000).toFixed(2);
  console.log(`${what.padEnd(36)} ${wall} s, ${((user + system) / 1e6).toFixed(2)} s of CPU`);
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
for (let i = 0; i < 10; i++) {
  mkdirSync(join(folder, 'data', String(i)), { recursive: true });
  writeFileSync(
    join(folder, 'data', String(i), 'a.csv'),
    'id,city,amount,fee,kind,began\nx,y,1,2,a,2026-01-01\n',
  );
}

/** Opens the project as a command does, and gives the number of steps. */
async function command(what: string, declared: () => Project): Promise<number> {
  return timed(what, async () => {
    const workspace = await openWorkspace(folder);
    try {
      const graph = await timed('  check', () =>
        checked(declared(), kinds, workspace.engine, workspace.state),
      );
      const { steps } = await timed('  plan', () => plan(graph, kinds, workspace));
      return steps.length;
    } finally {
      await workspace.close();
    }
  });
}

try {
  console.log(`${tables} tables and sources; load ${load()}`);
  const declared = () => warehouse(tables);
  console.log(await command('first check and plan', declared), 'steps');
  console.log(await command('again', declared), 'steps');
  console.log(await command('a column added at the top', () => warehouse(tables, true)), 'steps');
  if (build) {
    const workspace = await openWorkspace(folder);
    const graph = await checked(declared(), kinds, workspace.engine, workspace.state);
    const result = await timed('built', () => run(graph, kinds, workspace));
    console.log(result.ok);
    await workspace.close();
    console.log(await command('with all of it live', declared), 'steps');
    console.log(await command('live, and a column added at the top', () => warehouse(tables, true)), 'steps');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
