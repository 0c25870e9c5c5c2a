import type { JsonObject } from '../../base/index.ts';
import type { ColumnLineage, ColumnRef, Node, Portrait, PortraitContext } from '../../graph/index.ts';
import { contractOfInput } from '../contract/index.ts';
import { modelVersionOf } from './detail.ts';
import { planInputs } from './inputs.ts';
import type { ModelBody, TrainingSetBody } from './spec.ts';

/** A training set to those outside: keys, instant, inputs and label. */
export function portrayTrainingSet(node: Node<TrainingSetBody>, { graph }: PortraitContext): Portrait {
  const { labels, inputs } = node.body;
  const { plan } = planInputs(graph, node, inputs);
  const known = new Map(contractOfInput(graph, labels.from).columns.map(({ name, type }) => [name, type]));
  const asked = [...plan.keys, labels.at].map((name) => ({ name, type: known.get(name) ?? 'string' }));
  const label = { name: labels.target, type: known.get(labels.target) ?? 'double' };
  const features = plan.columns.map(({ name, type }) => ({ name, type }));
  return { type: 'TRAINING_SET', columns: [...asked, ...features, label] };
}

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
  if (evaluation.task === 'regression') {
    const { rows, rmse, mae, r2 } = evaluation;
    return { rows, rmse, mae, r2 };
  }
  const { rows, rocAuc, prAuc, logLoss, brier, calibrationError, expectedCost } = evaluation;
  return { rows, rocAuc, prAuc, logLoss, brier, calibrationError, expectedCost, threshold };
}
