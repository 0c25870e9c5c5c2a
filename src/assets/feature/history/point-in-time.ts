import { quoteName } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { Cell, FeatureValue } from '../aggregate/index.ts';
import { layoutOf } from '../layout.ts';
import { aggregatesOf, type FeaturesBody } from '../spec.ts';
import type { KeptShares } from './kept-shares.ts';
import { cellReader } from './row-cells.ts';
import { type AskBounds, rowsSql, valueNames } from './row-sql.ts';
import { Sweep } from './sweep.ts';

export interface PointInTime {
  readonly body: FeaturesBody;
  /** A relation with the dataset's columns and `_row_id` (BIGINT, at least 0). */
  readonly events: string;
  /** A relation with `_ask` (BIGINT, unique), `_entity` (VARCHAR) and `_at` (BIGINT, microseconds since the epoch). */
  readonly asks: string;
  /** All asks are in [from, to]; lets the engine skip files of events that none can see. */
  readonly bounds?: AskBounds;
  /** The temporary table that is made: `_ask` and a column per feature in its declared type (lists as JSON), one row per ask. */
  readonly into: string;
  progress?(share: number): void;
  readonly signal?: AbortSignal;
  /** Values that are held at a time; more are answered in shares of the entities. Default 16 million, 128 MB of numbers. */
  readonly mostValues?: number;
  /**
   * Keeps the answers of finished shares, so that one who asks the very same again, with the same kept, goes on from there. Nothing is kept of
   * what is answered in one piece.
   */
  readonly kept?: KeptShares;
}

export interface Answered {
  readonly asks: number;
  /** By feature, where there are any: rows that became known only after they had left its window, so that it never sees them. */
  readonly late: Readonly<Record<string, number>>;
}

const MOST_VALUES = 16_000_000;

/**
 * The features of many entities at many instants. The engine sorts rows and asks together by entity and by when they are known (what does
 * not fit in its memory spills), and one pass over them answers every ask by the law of Time, to the bit, whatever the order of the
 * rows: n log n for the sort, and then linear. Many asks are answered in shares of the entities, so that memory is bounded.
 * @throws MILL_FEATURE_SUM_RANGE
 */
export async function answerPointInTime(
  session: Session,
  { body, events, asks, bounds = {}, into, progress, signal, kept, mostValues = MOST_VALUES }: PointInTime,
): Promise<Answered> {
  const codes = quoteName(`${into} codes`);
  await session.run(
    `create temp table ${codes} as
select entity, row_number() over () - 1 as code, count(*) over () as entities, asks
from (select cast(_entity as VARCHAR) as entity, count(*) as asks from ${asks} as asked group by all)
where entity is not null`,
  );
  try {
    const [size] = await session.rows<{ asks: number; entities: number; unnamed: number }>(
      `select (select count(*) from ${asks} as asked) as asks, (select count(*) from ${codes}) as entities,
  (select count(*) from ${asks} as asked where _entity is null) as unnamed`,
    );
    const total = Number(size?.asks ?? 0);
    const shares = Math.min(
      Math.max(1, Number(size?.entities ?? 0)),
      Math.ceil((total * body.features.length) / mostValues) || 1,
    );
    const sweep = new Sweep(body);
    for (let share = 0; share < shares; share++) {
      signal?.throwIfAborted();
      const part = share === 0 ? into : `${into} share`;
      const name = `${share + 1} of ${shares}`;
      const before = shares === 1 ? undefined : await kept?.read(session, name, part);
      for (const [i, rows] of (before ?? []).entries()) sweep.late[i] = (sweep.late[i] as number) + rows;
      if (before === undefined) {
        const late = [...sweep.late];
        const sql = lineSql({ body, events, asks, bounds, codes, share, shares });
        const answers = await answerShare(session, body, sweep, sql, (done) =>
          progress?.((share + done / (total / shares)) / shares),
        );
        await session.load(part, answers);
        const own = sweep.late.map((rows, i) => rows - (late[i] as number));
        if (shares > 1) await kept?.write(session, name, part, own);
      }
      progress?.((share + 1) / shares);
      if (share === 0) continue;
      await session.run(`insert into ${quoteName(into)} from ${quoteName(part)}`);
      await session.run(`drop table ${quoteName(part)}`);
    }
    // Asks about nobody are answered as about one who is not known.
    if (Number(size?.unnamed ?? 0) > 0) await answerUnnamed(session, body, asks, into);
    return { asks: total, late: lateOf(body, sweep.late) };
  } finally {
    await session.run(`drop table if exists ${codes}`);
  }
}

interface Line extends Pick<PointInTime, 'body' | 'events' | 'asks'> {
  readonly bounds: AskBounds;
  readonly codes: string;
  readonly share: number;
  readonly shares: number;
}

/** Rows when they become known and asks, of a share of the entities, in the order of the sweep. At equal instants asks come first: a row at exactly t is not seen. */
function lineSql({ body, events, asks, bounds, codes, share, shares }: Line): string {
  const names = valueNames(layoutOf(body));
  // By what they are called, so that the shares are the same whenever the same is asked.
  const own = shares === 1 ? '' : `\nwhere hash(entity) % ${shares} = ${share}`;
  return `select code, instant, ask, event, row${names.map((name) => `, ${name}`).join('')}
from (
  select code, known as instant, null as ask, event, row${names.map((name) => `, ${name}`).join('')}
  from (${rowsSql(body, events, bounds)}) as events join ${codes} using (entity)${own}
  union all
  select code, _at as instant, _ask as ask, null, null${names.map(() => ', null').join('')}
  from ${asks} as asked join ${codes} on entity = cast(_entity as VARCHAR)${own}
)
order by code, instant, ask nulls last`;
}

/** Columns of answers that grow. */
function answerColumns(body: FeaturesBody): { ids: number[]; columns: (number | string | null)[][] } {
  return { ids: [], columns: body.features.map(() => []) };
}

type Numbers = [
  code: Float64Array,
  instant: Float64Array,
  ask: Float64Array,
  event: Float64Array,
  row: Float64Array,
];

async function answerShare(
  session: Session,
  body: FeaturesBody,
  sweep: Sweep,
  sql: string,
  done: (asks: number) => void,
): Promise<ColumnData[]> {
  const { ids, columns } = answerColumns(body);
  const cellsOf = cellReader(layoutOf(body));
  // A number that is none is NaN: a list of nothing but numbers takes a third of the room.
  const none = body.features.map(({ list, type }) => (list || type === 'string' ? null : Number.NaN));
  const take = (feature: number, value: FeatureValue): void => {
    (columns[feature] as (number | string | null)[]).push(stored(value) ?? (none[feature] as number | null));
  };
  // One row is filled again and again: the sweep keeps values, and never the row.
  const seen = { known: 0, event: 0, row: 0, cells: [] as Cell[] };
  let current = -1;
  for await (const chunk of session.stream(sql)) {
    const [code, instant, ask, event, row] = chunk.map(({ values }) => values) as Float64Array[] as Numbers;
    const cells = chunk.slice(5);
    for (let i = 0; i < code.length; i++) {
      if (code[i] !== current) {
        current = code[i] as number;
        sweep.clear();
      }
      const id = ask[i] as number;
      if (Number.isNaN(id)) {
        seen.known = instant[i] as number;
        seen.event = event[i] as number;
        seen.row = row[i] as number;
        cellsOf(cells, i, seen.cells);
        sweep.row(seen);
      } else {
        ids.push(id);
        sweep.ask(instant[i] as number, take);
      }
    }
    done(ids.length);
  }
  return asColumns(body, ids, columns);
}

async function answerUnnamed(
  session: Session,
  body: FeaturesBody,
  asks: string,
  into: string,
): Promise<void> {
  const sweep = new Sweep(body);
  const { columns } = answerColumns(body);
  sweep.ask(0, (feature, value) => columns[feature]?.push(stored(value)));
  const part = `${into} unnamed`;
  await session.load(part, asColumns(body, [0], columns));
  await session.run(
    `insert into ${quoteName(into)} select asked._ask, one.* exclude (_ask) from ${asks} as asked, ${quoteName(part)} as one where asked._entity is null`,
  );
  await session.run(`drop table ${quoteName(part)}`);
}

/** A value as a column holds it. */
function stored(value: FeatureValue): number | string | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

function asColumns(
  { features }: FeaturesBody,
  ids: readonly number[],
  columns: readonly (readonly (number | string | null)[])[],
): ColumnData[] {
  return [
    { name: '_ask', type: 'integer', values: Float64Array.from(ids) },
    ...features.map(({ name, type, list }, i): ColumnData => {
      const values = columns[i] as readonly (number | string | null)[];
      if (list || type === 'string')
        return { name, type: 'string', values: values as readonly (string | null)[] };
      return {
        name,
        type,
        values: Float64Array.from(values as readonly (number | null)[], (value) => value ?? Number.NaN),
      };
    }),
  ];
}

function lateOf(body: FeaturesBody, late: readonly number[]): Record<string, number> {
  const { readingOf } = layoutOf(body);
  const all = aggregatesOf(body);
  const found: Record<string, number> = {};
  for (const spec of all) {
    const rows = late[readingOf.get(spec) as number] ?? 0;
    if (rows > 0) found[spec.name] = Math.max(found[spec.name] ?? 0, rows);
  }
  return found;
}
