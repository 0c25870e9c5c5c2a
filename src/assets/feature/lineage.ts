import type { Json } from '../../base/index.ts';
import type { ColumnLineage, ColumnRef, Lineage, Node } from '../../graph/index.ts';
import { aggregatesIn, type FeatureSpec, type FeaturesBody, withoutWords } from './spec.ts';
import { conditionColumns } from './where/index.ts';

/** A feature is made of one column; whose it is and when it was known decide which rows are seen. */
export function featuresLineage({ body }: Node<FeaturesBody>): Lineage {
  const { from, entity, eventTime, availableAt, availableAfter, features } = body;
  const ref = (column: string): ColumnRef => ({ input: from, column });
  const times = availableAt === null ? [eventTime] : [eventTime, availableAt];
  return {
    rows: {
      by: { entity, eventTime, availableAt, availableAfter },
      from: [
        ...entity.keys.map((key) => ({ ...ref(key), as: ['group_by'] as const })),
        ...times.map((time) => ({ ...ref(time), as: ['window'] as const })),
      ],
    },
    columns: Object.fromEntries(features.map((feature) => [feature.name, columnLineage(feature, ref)])),
  };
}

function columnLineage(feature: FeatureSpec, ref: (column: string) => ColumnRef): ColumnLineage {
  const all = aggregatesIn(feature);
  const direct = all.flatMap(({ column, holds }) => [
    ...(column === null ? [] : [column]),
    ...(holds === undefined ? [] : conditionColumns(holds)),
  ]);
  const filters = all.flatMap(({ where }) => (where === undefined ? [] : conditionColumns(where)));
  return {
    by: withoutWords(feature) as unknown as Json,
    direct: [...new Set(direct)].map(ref),
    indirect: [...new Set(filters)].map((column) => ({ ...ref(column), as: ['filter'] as const })),
    how: 'aggregation',
  };
}
