import { type ColumnType, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import { type ColumnSpec, enforceSql, type RawCell, readTyped } from '../../contract/index.ts';
import { type ColumnFacts, type Fit, leadingType, type TextCount } from './facts.ts';

/** Rows to look at: where they are and how each column comes in. */
export interface Rows {
  /** What stands after FROM. */
  readonly from: string;
  readonly columns: readonly (RawCell & { readonly name: string; readonly quoted: boolean })[];
}

/** Columns counted by one query; wide files take several. */
const COLUMNS_AT_ONCE = 40;
/** Columns of more values than this are no sets. */
const FEW = 60;
const SAMPLE_ROWS = 3000;
const TYPES: readonly ColumnType[] = ['double', 'integer', 'boolean', 'timestamp'];

/** Counts every column over all rows. `nulls` are texts that mean a missing cell; they count as absent. */
export async function profile(
  session: Session,
  rows: Rows,
  nulls: readonly string[],
): Promise<ColumnFacts[]> {
  const facts: ColumnFacts[] = [];
  for (let at = 0; at < rows.columns.length; at += COLUMNS_AT_ONCE) {
    const columns = rows.columns.slice(at, at + COLUMNS_AT_ONCE);
    facts.push(...(await profileSome(session, { ...rows, columns }, nulls)));
  }
  return facts;
}

async function profileSome(session: Session, rows: Rows, nulls: readonly string[]): Promise<ColumnFacts[]> {
  const samples = await samplesOf(session, rows, nulls);
  const probes = rows.columns.map((column) => ({ column, types: typesOf(column) }));
  const counts = probes.flatMap(({ types }, i) => {
    const text = `t${i}`;
    const base = [
      `count(${text}) as present${i}`,
      `approx_count_distinct(${text}) as distinct${i}`,
      `count(*) filter (regexp_full_match(${text}, '\\s*[+-]?\\d+\\s*')) as digits${i}`,
      `count(*) filter (regexp_full_match(${text}, '\\s*0\\d+\\s*')) as zeros${i}`,
      `count(*) filter (regexp_full_match(${text}, '.*\\.\\d*\\s*')) as pointed${i}`,
      `coalesce(max(length(${text})), 0) as longest${i}`,
    ];
    return [
      ...base,
      ...types.flatMap((type) => {
        const value = valueColumn(probes, i, type);
        const number =
          type === 'timestamp' ? `epoch_us(${value})` : type === 'boolean' ? undefined : `${value}::DOUBLE`;
        const here = `case when ${text} is not null then ${number ?? value} end`;
        return [
          `count(${here}) as fit${i}_${type}`,
          ...(number === undefined
            ? []
            : [`min(${here})::DOUBLE as min${i}_${type}`, `max(${here})::DOUBLE as max${i}_${type}`]),
        ];
      }),
    ];
  });
  const [row] = await session.rows<Record<string, number | null>>(
    `select count(*) as n, ${counts.join(', ')} from (${enforced(probes, rows, nulls)})`,
  );
  const found = row as Record<string, number | null>;
  const number = (name: string): number => Number(found[name] ?? 0);
  const facts: ColumnFacts[] = [];
  for (const [i, { column, types }] of probes.entries()) {
    const fits = new Map<ColumnType, Fit>();
    for (const type of types)
      fits.set(type, {
        cells: number(`fit${i}_${type}`),
        min: found[`min${i}_${type}`] ?? null,
        max: found[`max${i}_${type}`] ?? null,
      });
    const present = number(`present${i}`);
    const distinct = number(`distinct${i}`);
    const leading = leadingType(fits, present);
    const misfit = leading !== undefined && (fits.get(leading) as Fit).cells < present ? leading : undefined;
    facts.push({
      name: column.name,
      form: column.form,
      quoted: column.quoted,
      rows: number('n'),
      present,
      fits,
      digits: number(`digits${i}`),
      leadingZeros: number(`zeros${i}`),
      pointed: number(`pointed${i}`),
      longest: number(`longest${i}`),
      distinct,
      sample: samples[i] as string[],
      ...(distinct > FEW ? {} : { values: await valuesOf(session, rows, i, nulls) }),
      ...(misfit === undefined ? {} : { misfits: await misfitsOf(session, rows, i, misfit, nulls) }),
    });
  }
  return facts;
}

type Probe = { readonly column: Rows['columns'][number]; readonly types: readonly ColumnType[] };

function typesOf({ form }: RawCell): readonly ColumnType[] {
  return form === 'text' ? TYPES : TYPES.filter((type) => readTyped(form, type, 'x') !== undefined);
}

/** Each column once for each type that it could have, judged as the load would judge it. */
function enforced(probes: readonly Probe[], rows: Rows, nulls: readonly string[]): string {
  const tried = probes.flatMap(({ column, types }, i) =>
    types.map((type) => ({ cell: { sql: column.sql, form: column.form }, name: `${type}_${i}`, type })),
  );
  const keep = probes.map(({ column }, i) => `${textOf(column, nulls)} as t${i}`);
  if (tried.length === 0) return `select ${keep.join(', ')} from ${rows.from}`;
  return enforceSql(
    {
      columns: tried.map(({ name, type }): ColumnSpec => ({ name, type, nullable: true, rules: [] })),
      key: [],
      availableAfter: 0,
      tableRules: [],
      onBreach: 'quarantine',
    },
    { from: rows.from, cells: tried.map(({ cell }) => cell), nulls: [], keep },
  );
}

function valueColumn(probes: readonly Probe[], i: number, type: ColumnType): string {
  const before = probes.slice(0, i).reduce((sum, { types }) => sum + types.length, 0);
  return `v${before + (probes[i] as Probe).types.indexOf(type)}`;
}

/** A cell as text, null where it is missing: text is compared with the null texts with and without the white space around it. */
function textOf({ sql, form }: RawCell, nulls: readonly string[]): string {
  if (form !== 'text') return `${sql}::VARCHAR`;
  if (nulls.length === 0) return sql;
  const list = `[${nulls.map(quoteText).join(', ')}]`;
  return `case when not list_contains(${list}, ${sql}) then ${sql} end`;
}

async function samplesOf(session: Session, rows: Rows, nulls: readonly string[]): Promise<string[][]> {
  const cells = rows.columns.map((column, i) => `${textOf(column, nulls)} as t${i}`);
  const found = await session.rows<Record<string, string | null>>(
    `select ${cells.join(', ')} from ${rows.from} limit ${SAMPLE_ROWS}`,
  );
  return rows.columns.map((_, i) => {
    const values = new Set<string>();
    for (const row of found) {
      const text = row[`t${i}`];
      if (text !== null && text !== undefined) values.add(text);
    }
    return [...values];
  });
}

async function valuesOf(
  session: Session,
  rows: Rows,
  i: number,
  nulls: readonly string[],
): Promise<TextCount[]> {
  const text = textOf(rows.columns[i]!, nulls);
  const found = await session.rows<{ text: string; count: number }>(
    `select text, count(*) as count from (select ${text} as text from ${rows.from}) where text is not null group by text order by count desc, text limit 200`,
  );
  return found.map((one) => ({ text: one.text, count: Number(one.count) }));
}

async function misfitsOf(
  session: Session,
  rows: Rows,
  i: number,
  type: ColumnType,
  nulls: readonly string[],
): Promise<NonNullable<ColumnFacts['misfits']>> {
  const probe: Probe[] = [{ column: rows.columns[i]!, types: [type] }];
  const from = `(${enforced(probe, rows, nulls)}) where v0 is null and t0 is not null`;
  const texts = await session.rows<TextCount>(
    `select t0 as text, count(*) as count from ${from} group by t0 order by count desc, t0 limit 20`,
  );
  const [all] = await session.rows<{ n: number }>(`select count(distinct t0) as n from ${from}`);
  return {
    type,
    texts: texts.map(({ text, count }) => ({ text, count: Number(count) })),
    distinct: Number(all?.n ?? 0),
  };
}
