import type { JsonObject } from '../../base/index.ts';
import type { ColumnLineage, ColumnRef, Node, Portrait, PortraitContext } from '../../graph/index.ts';
import { modelVersionOf } from './detail.ts';
import { planInputs } from './inputs.ts';
import type { ModelBody, TrainingSetBody } from './spec.ts';

/** A model to those outside: what it learnt from, and how well it did. Gates judge figures, never rows. */
export function portrayModel(node: Node<ModelBody>, { graph, version }: PortraitContext): Portrait {
  const { body } = node;
  const training = graph.nodes.get(body.trainingSet) as Node<TrainingSetBody>;
  const { plan } = planInputs(graph, training, training.body.inputs);
  const { target, trainingSet } = body;
  const learnt = (column: string): ColumnRef => ({ input: trainingSet, column });
  const prediction: ColumnLineage = {
    ...{ by: null, how: 'transformation' },
    direct: plan.columns.map(({ name }) => learnt(name)),
    // It is not made of the answers, but by them.
    indirect: [learnt(target)],
  };
  return {
    type: 'MODEL',
    columns: [{ name: target, type: 'double', description: 'the prediction' }],
    lineage: { columns: { [target]: prediction } },
    check: () => ({ type: 'metric', open: true }),
    facet: {
      name: 'model',
      fields: {
        ...{ task: body.task, trainer: body.trainer.trainer, target, trainingSet },
        inputs: plan.columns.map(({ name, type, from }) => ({ name, type, asset: from })),
        ...(version === undefined || version.kind !== 'model' ? {} : { metrics: metricsOf(version) }),
      },
    },
  };
}

function metricsOf(version: NonNullable<PortraitContext['version']>): JsonObject {
  const { evaluation, threshold } = modelVersionOf(version);
  return { rows: evaluation.rows, ...evaluation.figures, ...(threshold === null ? {} : { threshold }) };
}
