import type { Instant } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Entry } from '../../../store/online/index.ts';
import { rowsSql } from '../history/row-sql.ts';
import { seenRows } from '../history/seen-rows.ts';
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
  const some = only === undefined ? '' : `\nwhere entity in (select entity from ${only})`;
  const rest = `from (${rowsSql(body, events, { from })})${some}\norder by entity`;
  let entity: string | undefined;
  let into = gathered(layout);
  const finished = (): Entry[] => {
    const made = entity === undefined ? undefined : stateOf(body, into, from);
    return made === undefined ? [] : [{ entity: entity as string, ...made }];
  };
  for await (const { entity: whose, row } of seenRows(session, body, rest)) {
    if (whose !== entity) {
      yield* finished();
      entity = whose;
      into = gathered(layout);
    }
    gather(layout, into, row, from);
  }
  yield* finished();
}
