import { type Instant, newId, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { StateValue } from '../../store/online/index.ts';
import { featureFailure } from './fixed-point.ts';
import type { FeaturesBody } from './spec.ts';
import { stateSql } from './state-sql.ts';

/** Entities fetched at once. A state is some kilobytes; one with very many different values may be megabytes. */
const PAGE = 500;

/**
 * The state of every entity that has any, in the order of entities (by bytes), as `readState` takes it: made at `from`, it
 * answers exactly for every instant from then on, given the rows of `events` (a relation with the dataset's columns and
 * `_row_id`). SQL does the work and may spill; here are only the finished states of a page of entities. The session is busy until the end.
 * @throws MILL_FEATURE_SUM_RANGE
 */
export async function* buildState(
  session: Session,
  body: FeaturesBody,
  events: string,
  from: Instant,
): AsyncGenerator<readonly [entity: string, state: StateValue]> {
  const table = quoteName(`state_${newId()}`);
  try {
    await session.run(
      `create temp table ${table} as
select row_number() over (order by entity) as number, entity, state
from (${stateSql(body, events, from)})
order by number`,
    );
  } catch (error) {
    throw featureFailure(error);
  }
  try {
    for (let start = 0; ; start += PAGE) {
      const page = await session.rows<{ entity: string; state: string }>(
        `select entity, state from ${table} where number > ? and number <= ? order by number`,
        [start, start + PAGE],
      );
      for (const { entity, state } of page) yield [entity, JSON.parse(state) as StateValue];
      if (page.length < PAGE) return;
    }
  } finally {
    await session.run(`drop table ${table}`);
  }
}
