/** A period in which a row was as it is here, and from when to when it was so; `to` is null while it still is. */
export interface Period<Row> {
  readonly row: Row;
  readonly from: number;
  readonly to: number | null;
}

/**
 * The slow twin: what a history holds after it has seen the rows of a query, one look after another. `since` says since when a row of a look is as it
 * is; a row that says it has been so since before the open period of its key is no part of it.
 */
export function historyOf<Row extends object>(
  looks: readonly { readonly at: number; readonly rows: readonly Row[] }[],
  keyOf: (row: Row) => string,
  since: (row: Row, at: number) => number,
): Period<Row>[] {
  let periods: Period<Row>[] = [];
  for (const { at, rows } of looks) {
    const open = periods.filter(({ to }) => to === null);
    const next = periods.filter(({ to }) => to !== null);
    for (const period of open) {
      const row = rows.find((one) => keyOf(one) === keyOf(period.row));
      if (row === undefined) next.push({ ...period, to: at });
      else if (same(row, period.row) || since(row, at) <= period.from) next.push(period);
      else next.push({ ...period, to: since(row, at) }, { row, from: since(row, at), to: null });
    }
    for (const row of rows)
      if (!open.some((period) => keyOf(period.row) === keyOf(row))) {
        const ends = periods.flatMap(({ row: old, to }) =>
          to !== null && keyOf(old) === keyOf(row) ? [to] : [],
        );
        next.push({ row, from: Math.max(since(row, at), ...ends), to: null });
      }
    periods = next;
  }
  return periods;
}

const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
