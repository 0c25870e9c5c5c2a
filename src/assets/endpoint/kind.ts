import { type ColumnType, type Json, MillraceError, type Problem } from '../../base/index.ts';
import type {
  BuildContext,
  Candidate,
  CheckContext,
  Graph,
  Kind,
  Node,
  Portrait,
} from '../../graph/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import { type CellRule, contractOfInput } from '../contract/index.ts';
import { atNow } from '../feature/index.ts';
import { type ModelBody, planInputs, type TrainingSetBody } from '../model/index.ts';
import { AUDIT_EVERY } from './audit/index.ts';
import type { EndpointBody } from './declare.ts';
import { versionsNamed } from './predictions.ts';
import { type Ask, openServing } from './serving.ts';

/** Most items that are answered. */
const MOST_RANKED = 1_000;

/** A model version in service. Its gate: loaded as in service, it answers about an entity that nobody knows. */
export const endpointKind: Kind<EndpointBody> = {
  kind: 'endpoint',
  revision: 1,
  // When it refuses, and how it is watched, is read from the declaration.
  definition: ({ model, rank }) => ({ model, ...(rank === undefined ? {} : { rank }) }),
  // Items are looked up as they are at the time.
  continues: ({ rank }) => (rank === undefined ? undefined : { grows: [], looksUp: [rank.among] }),
  check: checkEndpoint,
  names: (endpoint, workspace) => versionsNamed(workspace, endpoint),
  portray: ({ name, body }, { graph }) => ({
    type: 'ENDPOINT',
    ...answerOf(body, graph),
    facet: { name: 'endpoint', fields: { model: body.model, path: `/v1/predict/${name}` } },
  }),
  build: buildEndpoint,
};

function checkEndpoint(node: Node<EndpointBody>, { graph }: CheckContext): readonly Problem[] {
  const { name, body, place } = node;
  const every = body.audit?.every ?? AUDIT_EVERY;
  const problems: Problem[] = [];
  const found = (code: Problem['code'], message: string, todo: string): void => {
    problems.push({ code, message, todo, owner: 'project', asset: name, place });
  };
  if (!(Number.isSafeInteger(every) && every >= 0))
    found(
      'MILL_ENDPOINT_AUDIT',
      `It is to be audited every ${every} predictions.`,
      'Give a whole number: audit: { every: 100 }, or 0 for none.',
    );
  const { rank } = body;
  if (rank === undefined) return problems;
  const bad = (message: string, todo: string): void => found('MILL_ENDPOINT_RANK', message, todo);
  const { task, trainingSet } = (graph.nodes.get(body.model) as Node<ModelBody>).body;
  const { inputs } = (graph.nodes.get(trainingSet) as Node<TrainingSetBody>).body;
  const { keys } = planInputs(graph, node, inputs).plan;
  if (!keys.includes(rank.item))
    bad(`It ranks '${rank.item}', which is no key of ${body.model}.`, `Rank one of ${keys.join(', ')}.`);
  if (!contractOfInput(graph, rank.among).columns.some((column) => column.name === rank.item))
    bad(
      `It ranks among ${rank.among}, which has no column '${rank.item}'.`,
      'Name a dataset with the items in a column of that name.',
    );
  if (task === 'multiclass')
    bad(`It ranks by ${body.model}, which tells classes.`, 'Rank by a probability, a value or a score.');
  if (!(Number.isInteger(rank.top) && rank.top >= 1 && rank.top <= MOST_RANKED))
    bad(`It answers the best ${rank.top}.`, `Give a whole number from 1 to ${MOST_RANKED}.`);
  return problems;
}

/** It answers with the model's prediction as it is. */
function answerOf({ model }: EndpointBody, graph: Graph): Pick<Portrait, 'columns' | 'lineage'> {
  const target = (graph.nodes.get(model)?.body as { target?: string } | undefined)?.target;
  if (target === undefined) return {};
  const direct = [{ input: model, column: target }];
  return {
    columns: [{ name: target, type: 'double', description: 'the prediction' }],
    lineage: { columns: { [target]: { by: null, direct, indirect: [], how: 'identity' } } },
  };
}

async function buildEndpoint({
  node,
  graph,
  workspace,
  input,
  progress,
}: BuildContext<EndpointBody>): Promise<Candidate> {
  const model = input(node.body.model);
  const { rank } = node.body;
  const detail = { model: model.id, ...(rank === undefined ? {} : { rank }) };
  progress(0, `loading ${model.id}`);
  const version = `${node.name} (candidate)`;
  const serving = await openServing(graph, workspace, {
    ...{ endpoint: node.name, version },
    ...detail,
  });
  try {
    const { plan } = serving;
    const ask: Ask = Object.fromEntries([
      ...plan.keys.map((key) => [key, 'nobody-knows-this-one']),
      ...plan.requestColumns.map(({ name, type, rules }) => [name, sample(type, rules)]),
    ]);
    const output = await atNow(workspace.clock, (now) => serving.answer(ask, now)).then(
      (prediction) => prediction.output,
      (error: unknown) => {
        if (error instanceof MillraceError && error.code === 'MILL_MODEL_ANSWERS') return Number.NaN;
        throw error;
      },
    );
    const check: CheckResult = {
      name: 'answers about an unknown entity',
      passed: Number.isFinite(output),
      severity: 'block',
      observed: output.toPrecision(4),
      wanted: 'a number',
    };
    return { rows: null, note: `serves ${model.id}`, checks: [check], detail, changes: [] };
  } finally {
    await serving.close();
  }
}

function sample(type: ColumnType, rules: readonly CellRule[]): Json {
  const oneOf = rules.find((rule) => rule.rule === 'oneOf');
  if (oneOf) return oneOf.values[0] as string;
  if (type === 'timestamp') return '2026-01-01T00:00:00Z';
  if (type === 'boolean') return false;
  if (type === 'string') return '';
  return rules.find((rule) => rule.rule === 'between')?.min ?? 1;
}
