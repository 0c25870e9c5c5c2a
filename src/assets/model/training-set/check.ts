import type { ColumnType, Problem } from '../../../base/index.ts';
import { nearest, withArticle } from '../../../base/index.ts';
import type { CheckContext, Node } from '../../../graph/index.ts';
import { contractOfInput } from '../../contract/index.ts';
import { keyFault } from '../../feature/index.ts';
import { type InputPlan, planInputs } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';
import { groupBeside } from './assemble.ts';

/** Faults of a training set's declaration. */
export function checkTrainingSet(node: Node<TrainingSetBody>, { graph }: CheckContext): readonly Problem[] {
  const { labels, inputs } = node.body;
  const { plan, problems } = planInputs(graph, node, inputs);
  const labelColumns = new Map(contractOfInput(graph, labels.from).columns.map((c) => [c.name, c]));
  const found: Problem[] = [...problems];
  const missing = (column: string, why: string, asked?: 'as when serving'): void => {
    const near = nearest(column, labelColumns.keys());
    found.push({
      code: 'MILL_MODEL_LABELS_COLUMN',
      message: `Its labels come from '${labels.from}', which has no column '${column}'${near ? ` (there is '${near}')` : ''}, ${why}.`,
      todo: asked
        ? `Add '${column}' to ${labels.from}: training asks the same question as serving.`
        : `Name a column that ${labels.from} has, or add '${column}' to it.`,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  const noKey = (column: string, fault: string): void => {
    found.push({
      code: 'MILL_MODEL_LABELS_COLUMN',
      message: `Its labels come from '${labels.from}', where '${column}' is ${fault}.`,
      todo: 'Make it a text, a whole number or a truth value there.',
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  for (const { name, body, via } of plan.lookups)
    for (const key of via === undefined ? body.entity.keys : []) {
      const column = labelColumns.get(key);
      const fault = column && keyFault(column.type);
      if (column === undefined) missing(key, `a key of ${name}`, 'as when serving');
      else if (fault !== undefined) noKey(key, fault);
    }
  for (const { name, body } of plan.requests)
    for (const column of body.request)
      if (!labelColumns.has(column.name))
        missing(column.name, `which ${name} wants from a request`, 'as when serving');
  if (labels.group !== undefined && !labelColumns.has(labels.group))
    missing(labels.group, 'by which rows are ranked against each other');
  if (!labelColumns.has(labels.target)) missing(labels.target, 'which is to be predicted');
  const weight = labels.weight === undefined ? undefined : labelColumns.get(labels.weight);
  if (labels.weight !== undefined && weight === undefined)
    missing(labels.weight, 'which says for how much a row counts');
  const at = labelColumns.get(labels.at);
  if (at === undefined) missing(labels.at, 'at which the question would have been asked');
  found.push(...shapeProblems(node, plan, labelColumns.get(labels.target)?.type, at?.type));
  found.push(...weightProblems(node, weight?.type));
  // Columns of a table tell no upper from lower case; what is alike to the letter among inputs is told by their plan.
  const taken = new Set(
    [...plan.keys, ...groupBeside(labels, plan), labels.at, labels.target].map((name) => name.toLowerCase()),
  );
  const before = new Map<string, (typeof plan.columns)[number]>();
  const clash = (message: string): void => {
    const todo = 'Rename the feature.';
    const { name: asset, place } = node;
    found.push({ code: 'MILL_MODEL_INPUT_CLASH', message, todo, owner: 'project', asset, place });
  };
  for (const column of plan.columns) {
    const { name, from } = column;
    const other = before.get(name.toLowerCase());
    if (taken.has(name.toLowerCase()))
      clash(`The input '${name}' of ${from} has the name of a key, of the label, its group or its instant.`);
    else if (other !== undefined && other.name !== name)
      clash(
        `The inputs '${other.name}' of ${other.from} and '${name}' of ${from} differ only in upper and lower case.`,
      );
    before.set(name.toLowerCase(), column);
  }
  return found;
}

/** Faults of the column that says for how much a row counts. */
function weightProblems(
  { name, place, body: { labels } }: Node<TrainingSetBody>,
  type: ColumnType | undefined,
): Problem[] {
  const { weight, target, group } = labels;
  if (weight === undefined) return [];
  const problem = (message: string, todo: string): Problem => ({
    ...{ code: 'MILL_TRAINING_SET_INVALID', message, todo, owner: 'project', asset: name, place },
  });
  if (type !== undefined && type !== 'double' && type !== 'integer')
    return [problem(`The weight '${weight}' is ${withArticle(type)}.`, 'Give a column of numbers above 0.')];
  if (weight === target)
    return [
      problem(`The weight '${weight}' is the target.`, 'Give a column that says for how much a row counts.'),
    ];
  return group === undefined
    ? []
    : [
        problem(
          `Rows are ranked by '${group}', where '${weight}' has no meaning: orders are learnt and judged list by list, each as one.`,
          'Leave out weight.',
        ),
      ];
}

/** Faults of split and sampling. */
function shapeProblems(
  { name, place, body }: Node<TrainingSetBody>,
  plan: InputPlan,
  targetType: ColumnType | undefined,
  atType: ColumnType | undefined,
): Problem[] {
  const { split, negatives, task, labels, inputs, seed, leakage, unknown = [] } = body;
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({ code: 'MILL_TRAINING_SET_INVALID', message, todo, owner: 'project', asset: name, place });
  };
  for (const { message, todo } of unknown) found(message, todo);
  if (targetType === 'timestamp')
    found(
      `The target '${labels.target}' is ${withArticle(targetType)}.`,
      'Give one that is true or false, a number, or a text.',
    );
  const key = plan.keys.find((one) => one.toLowerCase() === labels.target.toLowerCase());
  if (key !== undefined)
    found(
      `The target '${labels.target}' is a key, which is given when it is asked.`,
      'Give a column that is not known then.',
    );
  if (atType !== undefined && atType !== 'timestamp')
    found(`The instant '${labels.at}' is ${withArticle(atType)}.`, 'Give a column of timestamps.');
  if (labels.group !== undefined && [labels.target, labels.at].includes(labels.group))
    found(
      `Rows are to be ranked by '${labels.group}', which is their ${labels.group === labels.at ? 'instant' : 'grade'}.`,
      'Give the column that says which rows belong together.',
    );
  if (inputs.length === 0) found('It has no inputs.', 'Give features or request features.');
  if (!Number.isSafeInteger(seed)) found(`The seed is ${JSON.stringify(seed)}.`, 'Give a whole number.');
  if (leakage !== 'warn' && leakage !== 'block')
    found(`Of leakage it says ${JSON.stringify(leakage)}.`, "Give 'warn' or 'block'.");
  if (task === 'ranking' && targetType !== 'double' && targetType !== 'integer')
    found(
      `The rows of a '${labels.group}' are to be ranked, but '${labels.target}' is ${withArticle(targetType ?? 'column that is not there')}, not a grade.`,
      'Give a target that is a number: 0 for what is of no use, more for what is of more.',
    );
  if ('train' in split) {
    if (!(split.train > 0 && split.validation > 0 && split.train + split.validation < 1))
      found(
        `The split ${split.train} + ${split.validation} leaves no part to judge on.`,
        'Give shares above 0 whose sum is below 1.',
      );
  } else if (![split.validationFrom, split.testFrom].every(Number.isFinite))
    found(
      'The split has neither shares nor two dates.',
      'Give train and validation as shares, or validationFrom and testFrom as dates.',
    );
  else if (!(split.validationFrom < split.testFrom))
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
      `Negatives are to be sampled, but '${labels.target}' is not true or false: there are none.`,
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
