import type { CheckContext, ColumnLineage, ColumnRef, Lineage, Node } from '../../../graph/index.ts';
import { planInputs } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';
import { groupBeside } from './assemble.ts';

/** Of the labels a training set reads the columns it names, the weight too; of features those that are inputs; of what functions use, all. */
export function trainingLineage(node: Node<TrainingSetBody>, { graph }: CheckContext): Lineage {
  const { labels, inputs, negatives } = node.body;
  const { plan } = planInputs(graph, node, inputs);
  const label = (column: string): ColumnRef => ({ input: labels.from, column });
  const asked = plan.keys.map((key) => ({ ...label(key), as: ['join'] }));
  const at = { ...label(labels.at), as: ['join'] };
  const columns: Record<string, ColumnLineage> = {};
  for (const name of [...plan.keys, labels.at, ...groupBeside(labels, plan), labels.target])
    columns[name] = { by: null, direct: [label(name)], indirect: [], how: 'identity' };
  if (labels.weight !== undefined)
    columns['_weight'] = {
      by: null,
      direct: [label(labels.weight)],
      // A negative stands for those that were left out.
      indirect: negatives === undefined ? [] : [{ ...label(labels.target), as: ['filter'] }],
      how: negatives === undefined ? 'identity' : 'transformation',
    };
  for (const { name, type, from } of plan.columns) {
    const request = plan.requests.find((item) => item.name === from);
    const used = Object.values(request?.body.uses ?? {});
    columns[name] = {
      by: type,
      direct:
        request === undefined
          ? [{ input: from, column: name }]
          : [
              { input: from, column: null },
              ...used.map((input) => ({ input, column: null })),
              ...request.body.request.map((column) => label(column.name)),
            ],
      indirect: [at, ...asked],
    };
  }
  return { rows: { by: null, from: [at, { ...label(labels.target), as: ['filter'] }, ...asked] }, columns };
}
