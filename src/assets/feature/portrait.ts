import type { ColumnLineage, Node, Portrait, PortraitContext } from '../../graph/index.ts';
import { probeNode } from './check.ts';
import { featureText } from './feature-text.ts';
import type { RequestBody } from './request/request.ts';
import type { FeaturesBody } from './spec.ts';

/** Features to those outside: each with its aggregate and window. */
export function portrayFeatures({ body }: Node<FeaturesBody>): Portrait {
  const { entity, from, eventTime, features } = body;
  return {
    type: 'FEATURES',
    columns: features.map(({ name, type, list, description }) => ({
      name,
      type: list ? `list of ${type}` : type,
      ...(description === undefined ? {} : { description }),
    })),
    facet: {
      name: 'features',
      fields: {
        ...{ entity: entity.name, key: entity.keys.join(', '), from, eventTime },
        features: features.map((feature) => ({ name: feature.name, is: featureText(feature) })),
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
