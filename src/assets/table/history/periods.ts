import { type Instant, instantLiteral, quoteName } from '../../../base/index.ts';
import type { ColumnSpec } from '../../contract/index.ts';
import { type HistorySpec, VALID_FROM, VALID_TO } from '../spec.ts';

/** Relations, to stand after FROM, and what is known of the columns. */
export interface Periods {
  /** The rows of the query as they are now, one for each key. */
  readonly now: string;
  /** The periods that were open until now, with `_row_id`; only columns that are still declared, and null for those that are new. */
  readonly open: string;
  /** The periods that have ended. Only read where rows say themselves since when they are so. */
  readonly ended: string;
  readonly columns: readonly ColumnSpec[];
  readonly history: HistorySpec;
  /** When a run sees what it sees; later than everything in the table. */
  readonly seen: Instant;
}

/**
 * SQL of what the rows of now make of the open periods: `_change`, the columns, and the two instants.
 * - `stays`: open, and still so. With its row id.
 * - `closes`: was open; another period of its key follows, or its key is no more. With its row id.
 * - `begins`: a key that is new, or has another period.
 * - `early`: a row that says it has been so since before the open period, which is not closed by it.
 */
export function periodsSql({ now, open, ended, columns, history, seen }: Periods): string {
  const names = columns.map(({ name }) => quoteName(name));
  const key = history.key.map(quoteName);
  const [from, to] = [quoteName(VALID_FROM), quoteName(VALID_TO)];
  // A row that comes again after it was gone cannot have been so before it went.
  const said = history.changedAt === undefined ? undefined : `n.${quoteName(history.changedAt)}`;
  const since = said === undefined ? instantLiteral(seen) : `greatest(${said}, coalesce(e._last, ${said}))`;
  const last =
    said === undefined
      ? ''
      : `left join (select ${key.join(', ')}, max(${to}) as _last from ${ended} group by ${key.join(', ')}) e on ${key.map((name) => `n.${name} = e.${name}`).join(' and ')}`;
  const differ = names.map((name) => `n.${name} is distinct from o.${name}`).join(' or ');
  const match = key.map((name) => `n.${name} = o.${name}`).join(' and ');
  const list = (of: string): string => names.map((name) => `${of}.${name}`).join(', ');
  const first = key[0] as string;
  return `with n as materialized (select * from ${now}), o as materialized (select * from ${open}),
    met as materialized (
      select o._row_id, n.${first} is null as gone, n.${first} is not null and (${differ}) as other,
        ${said ?? since} as since, ${said ?? since} <= o.${from} as early
      from o left join n on ${match})
    select case when m.other and m.early then 'stays' when m.other or m.gone then 'closes' else 'stays' end as _change,
        o._row_id, ${list('o')}, o.${from},
        case when m.other and not m.early then m.since when m.gone then greatest(${instantLiteral(seen)}, o.${from}) end as ${to}
      from o join met m on m._row_id = o._row_id
    union all
    select case when ${said ?? since} <= o.${from} then 'early' else 'begins' end, null, ${list('n')}, ${since}, null
      from n left join o on ${match} ${last}
      where o._row_id is null or ${differ}`;
}
