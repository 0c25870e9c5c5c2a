import type { Node, Portrait, PortraitContext } from '../../../graph/index.ts';
import { contractOfInput } from '../../contract/index.ts';
import { planInputs } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';

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
