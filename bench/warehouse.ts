import type { Project } from '../src/graph/index.ts';
import { col, files, project, source, sql, table } from '../src/index.ts';

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
