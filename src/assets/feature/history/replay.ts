import type { Instant } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import { entityLiteral } from '../entity-key.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';
import { cellReader } from './row-cells.ts';
import { rowsSql, valueNames } from './row-sql.ts';
import { Sweep } from './sweep.ts';

/** The rows of one entity that are known before `at`, from `events` (the dataset's columns and `_row_id`), in the order in which they became known. */
export async function rowsOf(
  session: Session,
  body: FeaturesBody,
  events: string,
  entity: string,
  at: Instant,
): Promise<SeenRow[]> {
  const layout = layoutOf(body);
  const cellsOf = cellReader(layout);
  const names = valueNames(layout).map((name) => `, ${name}`);
  const found: SeenRow[] = [];
  const sql = `select known, event, row${names.join('')}
from (${rowsSql(body, events, { from: at, to: at })})
where entity = ${entityLiteral(entity)} and known < ${at} order by known`;
  for await (const chunk of session.stream(sql)) {
    const [known, event, row, ...cells] = chunk as [ColumnData, ColumnData, ColumnData];
    for (let i = 0; i < known.values.length; i++)
      found.push({
        known: known.values[i] as number,
        event: event.values[i] as number,
        row: row.values[i] as number,
        cells: cellsOf(cells, i),
      });
  }
  return found;
}

/** The features at `at` of an entity with these rows: history again, as a training set would see it. */
export function replayed(
  body: FeaturesBody,
  rows: readonly SeenRow[],
  at: Instant,
): Record<string, FeatureValue> {
  const sweep = new Sweep(body);
  for (const row of rows.toSorted((a, b) => a.known - b.known)) if (row.known < at) sweep.row(row);
  const values: Record<string, FeatureValue> = {};
  sweep.ask(at, (feature, value) => {
    values[(body.features[feature] as FeaturesBody['features'][number]).name] = value;
  });
  return values;
}
