import type { Instant } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { Entry } from '../../../store/online/index.ts';
import { cellReader } from '../history/row-cells.ts';
import { rowsSql, valueNames } from '../history/row-sql.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { gather, gathered, stateOf } from './state.ts';

/**
 * The state of every entity that has any: made at `from`, it answers exactly for every instant from then on, given the rows of `events` (a
 * relation with the dataset's columns and `_row_id`). The engine sorts, and may spill; here is one entity at a time. The
 * session is busy until the end. With `only` (a relation with `entity`) no other entities are looked at.
 * @throws MILL_FEATURE_SUM_RANGE
 */
export async function* buildState(
  session: Session,
  body: FeaturesBody,
  events: string,
  from: Instant,
  only?: string,
): AsyncGenerator<Entry> {
  const layout = layoutOf(body);
  const cellsOf = cellReader(layout);
  const names = valueNames(layout).map((name) => `, ${name}`);
  const some = only === undefined ? '' : `\nwhere entity in (select entity from ${only})`;
  const sql = `select entity, known, event, row${names.join('')}
from (${rowsSql(body, events, { from })})${some}
order by entity`;
  let entity: string | undefined;
  let into = gathered(layout);
  const finished = (): Entry[] => {
    const made = entity === undefined ? undefined : stateOf(body, into, from);
    return made === undefined ? [] : [{ entity: entity as string, ...made }];
  };
  for await (const chunk of session.stream(sql)) {
    const [entities, known, event, row, ...cells] = chunk as [ColumnData, ColumnData, ColumnData, ColumnData];
    for (let i = 0; i < entities.values.length; i++) {
      if (entities.values[i] !== entity) {
        yield* finished();
        entity = entities.values[i] as string;
        into = gathered(layout);
      }
      const seen = {
        known: known.values[i] as number,
        event: event.values[i] as number,
        row: row.values[i] as number,
        cells: cellsOf(cells, i),
      };
      gather(layout, into, seen, from);
    }
  }
  yield* finished();
}
