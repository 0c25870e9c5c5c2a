import type { ColumnRef, Lineage, Node } from '../../graph/index.ts';
import type { FeaturesBody } from './spec.ts';

/** A feature is made of one column; whose it is and when it was known decide which rows are seen. */
export function featuresLineage({ body }: Node<FeaturesBody>): Lineage {
  const { from, entity, eventTime, availableAt, availableAfter, features } = body;
  const ref = (column: string): ColumnRef => ({ input: from, column });
  const times = availableAt === null ? [eventTime] : [eventTime, availableAt];
  return {
    rows: {
      by: { entity, eventTime, availableAt, availableAfter },
      from: [
        { ...ref(entity.key), as: ['group_by'] },
        ...times.map((time) => ({ ...ref(time), as: ['window'] })),
      ],
    },
    columns: Object.fromEntries(
      features.map((feature) => [
        feature.name,
        {
          by: feature,
          direct: feature.column === null ? [] : [ref(feature.column)],
          indirect: [],
          how: 'aggregation',
        },
      ]),
    ),
  };
}
