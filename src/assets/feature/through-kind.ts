import type { Problem } from '../../base/index.ts';
import type { CheckContext, Kind, Node } from '../../graph/index.ts';
import type { FeaturesBody } from './spec.ts';
import { renamed, type ThroughBody } from './through.ts';

/** A way of looking up has no rows and no state of its own. */
export const throughKind: Kind<ThroughBody> = {
  kind: 'through',
  revision: 1,
  sees: 'declaration',
  check: checkThrough,
  lineage: ({ body: { by, feature, of, prefix } }, { graph }) => {
    const { features } = renamed((graph.nodes.get(of) as Node<FeaturesBody>).body, prefix);
    const key = { input: by, column: feature, as: ['join' as const] };
    return {
      rows: { by: null, from: [key] },
      columns: Object.fromEntries(
        features.map(({ name }) => [
          name,
          {
            by: null,
            direct: [{ input: of, column: name.slice(prefix.length) }],
            indirect: [],
            how: 'identity' as const,
          },
        ]),
      ),
    };
  },
  build: async ({ node: { body } }) => ({
    rows: null,
    note: `${body.of} of the ${body.feature} of ${body.by}`,
    checks: [],
    detail: {},
    changes: [],
  }),
};

function checkThrough({ name, body, place }: Node<ThroughBody>, { graph }: CheckContext): Problem[] {
  const by = (graph.nodes.get(body.by) as Node<FeaturesBody>).body;
  const of = (graph.nodes.get(body.of) as Node<FeaturesBody>).body;
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({ code: 'MILL_FEATURES_INVALID', message, todo, owner: 'project', asset: name, place });
  };
  const feature = by.features.find((spec) => spec.name === body.feature);
  if (feature === undefined || feature.list || feature.type === 'double')
    found(
      feature === undefined
        ? `${body.by} has no feature '${body.feature}'.`
        : `'${body.feature}' of ${body.by} is ${feature.list ? 'a list' : 'a number with a fraction'}, which names no entity.`,
      'Name a feature that holds a key: a text, a whole number or a truth value.',
    );
  if (of.entity.keys.length !== 1)
    found(
      `${of.entity.name} is named by ${of.entity.keys.length} columns, and a feature holds one value.`,
      'Look up features of an entity with one key.',
    );
  return problems;
}
