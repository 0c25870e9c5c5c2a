import { quoteName } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import { layoutOf } from '../layout.ts';
import { aggregatesOf, type FeaturesBody } from '../spec.ts';
import type { KeptShares } from './kept-shares.ts';
import { type Answers, LineSweep } from './line-sweep.ts';
import { type AskBounds, rowsSql, valueNames } from './row-sql.ts';
import { stretchesOf } from './stretches.ts';
import { type CrewSize, SweepCrew } from './sweep-crew.ts';

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
  /** How many threads sweep, and from when on. The answers are the same. */
  readonly crew?: CrewSize;
  /** Rows and asks that are swept at a time. Default 32,768, some 2 MB. */
  readonly stretch?: number;
}

export interface Answered {
  readonly asks: number;
  /** By feature, where there are any: rows that became known only after they had left its window, so that it never sees them. */
  readonly late: Readonly<Record<string, number>>;
}

const MOST_VALUES = 16_000_000;
const STRETCH = 32_768;

/**
 * The features of many entities at many instants. The engine sorts rows and asks together by entity and by when they are known (what does
 * not fit in its memory spills), and one pass over them answers every ask by the law of Time, to the bit, whatever the order of the
 * rows: n log n for the sort, and then linear. Many asks are answered in shares of the entities, so that memory is bounded; the entities of a
 * long line are swept by several threads.
 * @throws MILL_FEATURE_SUM_RANGE
 */
export async function answerPointInTime(session: Session, asked: PointInTime): Promise<Answered> {
  const { body, events, asks, bounds = {}, into, progress, signal, kept, mostValues = MOST_VALUES } = asked;
  const codes = quoteName(`${into} codes`);
  const crew = new SweepCrew(body, asked.crew);
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
    const late = layoutOf(body).readings.map(() => 0);
    for (let share = 0; share < shares; share++) {
      signal?.throwIfAborted();
      const part = share === 0 ? into : `${into} share`;
      const name = `${share + 1} of ${shares}`;
      const before = shares === 1 ? undefined : await kept?.read(session, name, part);
      let own = before;
      if (own === undefined) {
        const sql = lineSql({ body, events, asks, bounds, codes, share, shares });
        const answered = await answerShare(session, crew, asked, sql, (done) =>
          progress?.((share + done / (total / shares)) / shares),
        );
        own = answered.late;
        await session.load(part, answered.answers);
        if (shares > 1) await kept?.write(session, name, part, own);
      }
      for (const [i, rows] of own.entries()) late[i] = (late[i] as number) + rows;
      progress?.((share + 1) / shares);
      if (share === 0) continue;
      await session.run(`insert into ${quoteName(into)} from ${quoteName(part)}`);
      await session.run(`drop table ${quoteName(part)}`);
    }
    // Asks about nobody are answered as about one who is not known.
    if (Number(size?.unnamed ?? 0) > 0) await answerUnnamed(session, body, asks, into);
    return { asks: total, late: lateOf(body, late) };
  } finally {
    await crew.close();
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

/** Answers of a share as columns, and its counts of late rows by reading. */
interface Share {
  readonly answers: ColumnData[];
  readonly late: readonly number[];
}

async function answerShare(
  session: Session,
  crew: SweepCrew,
  { body, signal, stretch = STRETCH }: Pick<PointInTime, 'body' | 'signal' | 'stretch'>,
  sql: string,
  done: (asks: number) => void,
): Promise<Share> {
  let asks = 0;
  const count = (more: number): void => {
    asks += more;
    done(asks);
  };
  for await (const cut of stretchesOf(session.stream(sql), stretch)) {
    signal?.throwIfAborted();
    await crew.take(cut.stretch, cut.continues, count);
  }
  const answers = await crew.finish();
  const late = layoutOf(body).readings.map((_, i) =>
    answers.reduce((sum, one) => sum + (one.late[i] as number), 0),
  );
  return { answers: asColumns(body, answers), late };
}

async function answerUnnamed(
  session: Session,
  body: FeaturesBody,
  asks: string,
  into: string,
): Promise<void> {
  const noCells = layoutOf(body).columns.map(({ type }) => (type === 'string' ? [null] : [Number.NaN]));
  const ask = [[0], [0], [0], [Number.NaN], [Number.NaN], ...noCells];
  const columns = ask.map((values) => (values[0] === null ? [null] : Float64Array.from(values as number[])));
  const part = `${into} unnamed`;
  await session.load(part, asColumns(body, [new LineSweep(body).take({ length: 1, columns })]));
  await session.run(
    `insert into ${quoteName(into)} select asked._ask, one.* exclude (_ask) from ${asks} as asked, ${quoteName(part)} as one where asked._entity is null`,
  );
  await session.run(`drop table ${quoteName(part)}`);
}

/** Answers one after another, as the columns of a table. */
function asColumns({ features }: FeaturesBody, answers: readonly Answers[]): ColumnData[] {
  const length = answers.reduce((sum, { asks }) => sum + asks, 0);
  const numbers = (column: number): Float64Array => {
    const all = new Float64Array(length);
    let at = 0;
    for (const { columns, asks } of answers) {
      all.set(columns[column] as Float64Array, at);
      at += asks;
    }
    return all;
  };
  return [
    { name: '_ask', type: 'integer', values: numbers(0) },
    ...features.map(({ name, type, list }, i): ColumnData => {
      if (!list && type !== 'string') return { name, type, values: numbers(i + 1) };
      const values = answers.flatMap(({ columns }) => columns[i + 1] as readonly (string | null)[]);
      return { name, type: 'string', values };
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
