import { invalid } from '../tracking-problem.ts';
import type { FieldName } from './filter.ts';

/** What a name before the dot stands for. */
export type Entity = 'attribute' | 'metric' | 'parameter' | 'tag' | 'dataset';

const words: Readonly<Record<string, Entity>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  metric: 'metric',
  metrics: 'metric',
  parameter: 'parameter',
  parameters: 'parameter',
  param: 'parameter',
  params: 'parameter',
  tag: 'tag',
  tags: 'tag',
  dataset: 'dataset',
  datasets: 'dataset',
};

/** The entity of a field: without a dot, an attribute. @throws MILL_TRACKING_INVALID when it is none of `allowed` */
export function entityOf({ entity = 'attribute' }: FieldName, allowed: readonly Entity[]): Entity {
  const found = Object.hasOwn(words, entity) ? words[entity] : undefined;
  if (found === undefined || !allowed.includes(found))
    throw invalid(
      `Invalid entity type '${entity.slice(0, 60)}'. Valid values are [${allowed.map((name) => `'${name}'`).join(', ')}]`,
    );
  return found;
}

/** The column of an attribute. @throws MILL_TRACKING_INVALID when there is none of this name */
export function columnOf(key: string, columns: Readonly<Record<string, string>>): string {
  const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
  if (column === undefined)
    throw invalid(
      `Invalid attribute key '${key.slice(0, 60)}' specified. Valid keys are '${Object.keys(columns).join(', ')}'`,
    );
  return column;
}
