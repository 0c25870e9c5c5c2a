import type { Instant } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import { entityLiteral } from '../entity-key.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';
import { rowsSql } from './row-sql.ts';
import { seenRows } from './seen-rows.ts';
import { Sweep } from './sweep.ts';

/** The rows of one entity that are known before `at`, from `events` (the dataset's columns and `_row_id`), in the order in which they became known. */
export async function rowsOf(
  session: Session,
  body: FeaturesBody,
  events: string,
  entity: string,
  at: Instant,
): Promise<SeenRow[]> {
  const found: SeenRow[] = [];
  const rest = `from (${rowsSql(body, events, { from: at, to: at })})
where entity = ${entityLiteral(entity)} and known < ${at} order by known`;
  for await (const { row } of seenRows(session, body, rest)) found.push(row);
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
