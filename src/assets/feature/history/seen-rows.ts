import type { ColumnData, Session } from '../../../engine/index.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';
import { cellReader } from './row-cells.ts';
import { valueNames } from './row-sql.ts';

/** A row, and whose it is. */
export interface EntityRow {
  readonly entity: string;
  readonly row: SeenRow;
}

/** Reads rows from `rest`, a FROM clause over what `rowsSql` gives, with what follows it. The session is busy until the end. */
export async function* seenRows(
  session: Session,
  body: FeaturesBody,
  rest: string,
): AsyncGenerator<EntityRow> {
  const layout = layoutOf(body);
  const cellsOf = cellReader(layout);
  const names = valueNames(layout).map((name) => `, ${name}`);
  for await (const chunk of session.stream(`select entity, known, event, row${names.join('')}\n${rest}`)) {
    const [entity, known, event, row, ...cells] = chunk as [ColumnData, ColumnData, ColumnData, ColumnData];
    const values = cells.map((column) => (column as ColumnData).values);
    for (let i = 0; i < entity.values.length; i++)
      yield {
        entity: entity.values[i] as string,
        row: {
          known: known.values[i] as number,
          event: event.values[i] as number,
          row: row.values[i] as number,
          cells: cellsOf(values, i),
        },
      };
  }
}
