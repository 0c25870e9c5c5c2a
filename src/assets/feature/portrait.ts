import { formatDuration } from '../../base/index.ts';
import type { ColumnLineage, Node, Portrait, PortraitContext } from '../../graph/index.ts';
import { probeNode } from './check.ts';
import type { RequestBody } from './request.ts';
import type { FeaturesBody } from './spec.ts';

/** Features to those outside: each with its aggregate and window. */
export function portrayFeatures({ body }: Node<FeaturesBody>): Portrait {
  const { entity, from, eventTime, features } = body;
  return {
    type: 'FEATURES',
    columns: features.map(({ name, type }) => ({ name, type })),
    facet: {
      name: 'features',
      fields: {
        ...{ entity: entity.name, key: entity.key, from, eventTime },
        features: features.map(({ name, aggregate, column, window, hop }) => ({
          ...{ name, aggregate, column },
          ...{ window: formatDuration(window), hop: formatDuration(hop) },
        })),
      },
    },
  };
}

/** Request features to those outside. A function is not looked into: each value is made of everything it is given. */
export function portrayRequestFeatures(node: Node<RequestBody>, { graph }: PortraitContext): Portrait {
  const { columns } = probeNode(node, graph);
  const direct = node.inputs.map((input) => ({ input, column: null }));
  const made: ColumnLineage = { by: null, direct, indirect: [], how: 'transformation' };
  return {
    type: 'REQUEST_FEATURES',
    columns: columns.map(({ name, type }) => ({ name, type })),
    lineage: { columns: Object.fromEntries(columns.map(({ name }) => [name, made])) },
  };
}
