import { quoteName } from '../../base/index.ts';
import { branch, featuresWith, labelOf, type Part, union } from './part-sql.ts';
import { leaveSql, valueName } from './row-sql.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

/**
 * distinct, one part per column and window: the times during which a value is in the window are cut into pieces that do
 * not overlap; then the number of values at t is the number of pieces begun less the number of pieces ended, a running total.
 */
export function distinctParts(body: FeaturesBody): Part[] {
  const groups = new Map<string, FeatureSpec[]>();
  for (const feature of featuresWith(body.features, 'distinct')) {
    const key = `${labelOf(feature)} ${feature.column}`;
    groups.set(key, [...(groups.get(key) ?? []), feature]);
  }
  return [...groups.values()].map((features, i) => distinctPart(features, i + 1));
}

function distinctPart(features: readonly FeatureSpec[], number: number): Part {
  const feature = features[0] as FeatureSpec;
  const names = ['entity', 'instant', 'ask', 'change'];
  const pieces = quoteName(`distinct_${number}_pieces`);
  const line = quoteName(`distinct_${number}_line`);
  const relation = quoteName(`distinct_${number}`);
  return {
    relations: [relation],
    columns: new Map(features.map(({ name }) => [name, `${relation}.different`])),
    ctes: [
      {
        name: pieces,
        why: `${feature.column} in ${labelOf(feature)}: when each value is seen, after \`begun\` and up to \`ended\`, without overlaps.`,
        sql: `select entity, greatest(known, covered) as begun, gone as ended
from (
  select entity, known, gone, max(gone) over (
    partition by entity, value order by known rows between unbounded preceding and 1 preceding
  ) as covered
  from (
    select entity, ${valueName(feature.column as string)} as value, known, ${leaveSql('event', feature)} - 1 as gone
    from events
  )
  where value is not null and gone > known
)
where covered is null or gone > covered`,
      },
      {
        name: line,
        why: 'Values that come, values that go, and asks.',
        sql: union([
          branch(names, { entity: 'entity', instant: 'begun', change: '1' }, pieces),
          branch(names, { entity: 'entity', instant: 'ended', change: '-1' }, pieces),
          branch(names, { entity: 'entity', instant: 'instant', ask: 'ask' }, 'asks'),
        ]),
      },
      {
        name: relation,
        why: 'Values there at t.',
        sql: `select ask, coalesce(sum(change) over (
  partition by entity order by instant, change nulls first rows unbounded preceding
), 0) as different
from ${line}
qualify ask is not null`,
      },
    ],
  };
}
