import type { Problem } from '../../../base/index.ts';
import type { CheckContext, Node } from '../../../graph/index.ts';
import { contractOfInput } from '../../contract/index.ts';
import { type InputPlan, planInputs } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';

/** Faults of a training set's declaration. */
export function checkTrainingSet(node: Node<TrainingSetBody>, { graph }: CheckContext): readonly Problem[] {
  const { labels, inputs } = node.body;
  const { plan, problems } = planInputs(graph, node, inputs);
  const labelColumns = new Map(contractOfInput(graph, labels.from).columns.map((c) => [c.name, c]));
  const found: Problem[] = [...problems];
  const missing = (column: string, why: string): void => {
    found.push({
      code: 'MILL_MODEL_LABELS_COLUMN',
      message: `Its labels come from '${labels.from}', which has no column '${column}', ${why}.`,
      todo: `Add '${column}' to ${labels.from}: training asks the same question as serving.`,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  for (const { name, body, via } of plan.lookups)
    for (const key of via === undefined ? body.entity.keys : [])
      if (!labelColumns.has(key)) missing(key, `a key of ${name}`);
  for (const { name, body } of plan.requests)
    for (const column of body.request)
      if (!labelColumns.has(column.name)) missing(column.name, `which ${name} wants from a request`);
  found.push(...shapeProblems(node, plan));
  const taken = new Set([...plan.keys, labels.at, labels.target]);
  for (const { name, from } of plan.columns)
    if (taken.has(name))
      found.push({
        code: 'MILL_MODEL_INPUT_CLASH',
        message: `The input '${name}' of ${from} has the name of a key, of the label or of its instant.`,
        todo: 'Rename the feature.',
        owner: 'project',
        asset: node.name,
        place: node.place,
      });
  return found;
}

/** Faults of split and sampling. */
function shapeProblems({ name, place, body }: Node<TrainingSetBody>, plan: InputPlan): Problem[] {
  const { split, negatives, task, labels } = body;
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({ code: 'MILL_TRAINING_SET_INVALID', message, todo, owner: 'project', asset: name, place });
  };
  if ('train' in split) {
    if (!(split.train > 0 && split.validation > 0 && split.train + split.validation < 1))
      found(
        `The split ${split.train} + ${split.validation} leaves no part to judge on.`,
        'Give shares above 0 whose sum is below 1.',
      );
  } else if (!(split.validationFrom < split.testFrom))
    found('The split begins to judge before it begins to validate.', 'Give validationFrom before testFrom.');
  if ('by' in split) {
    const { key } = split;
    if (plan.keys.length === 0)
      found('The split is by entity, but no input is looked up for one.', 'Split by time.');
    else if (key === null ? plan.keys.length > 1 : !plan.keys.includes(key))
      found(
        `The split is by entity, and ${key === null ? 'there are several' : `'${key}' is the key of none`}: ${plan.keys.join(', ')}.`,
        'Name one of these keys in split.',
      );
  }
  if (negatives === undefined) return problems;
  if (task !== 'binary')
    found(
      `Negatives are to be sampled, but '${labels.target}' is a number: there are none.`,
      'Leave out negatives.',
    );
  const [what, value, most] =
    'share' in negatives
      ? ['share', negatives.share, 1]
      : ['perPositive', negatives.perPositive, Number.MAX_SAFE_INTEGER];
  if (!(value > 0 && value <= most))
    found(
      `Of the negatives ${what} ${value} are to be kept.`,
      what === 'share' ? 'Give a share above 0, at most 1.' : 'Give a number above 0.',
    );
  return problems;
}
