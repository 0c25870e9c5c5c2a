import type { ColumnType, Json, Problem } from '../../base/index.ts';
import type { BuildContext, Candidate, Graph, Kind, Node, Portrait } from '../../graph/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import type { CellRule } from '../contract/index.ts';
import { AUDIT_EVERY } from './audit/index.ts';
import type { EndpointBody } from './declare.ts';
import { versionsNamed } from './predictions.ts';
import { type Ask, openServing } from './serving.ts';

/** A model version in service. Its gate: loaded as in service, it answers about an entity that nobody knows. */
export const endpointKind: Kind<EndpointBody> = {
  kind: 'endpoint',
  revision: 1,
  // When it refuses, and how it is watched, is read from the declaration.
  definition: ({ model }) => ({ model }),
  check: checkEndpoint,
  names: (endpoint, workspace) => versionsNamed(workspace, endpoint),
  portray: ({ name, body }, { graph }) => ({
    type: 'ENDPOINT',
    ...answerOf(body, graph),
    facet: { name: 'endpoint', fields: { model: body.model, path: `/v1/predict/${name}` } },
  }),
  build: buildEndpoint,
};

function checkEndpoint({ name, body, place }: Node<EndpointBody>): readonly Problem[] {
  const every = body.audit?.every ?? AUDIT_EVERY;
  if (Number.isSafeInteger(every) && every >= 0) return [];
  return [
    {
      code: 'MILL_ENDPOINT_AUDIT',
      message: `It is to be audited every ${every} predictions.`,
      todo: 'Give a whole number: audit: { every: 100 }, or 0 for none.',
      owner: 'project',
      asset: name,
      place,
    },
  ];
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
  const detail = { model: model.id };
  progress(0, `loading ${model.id}`);
  const version = `${node.name} (candidate)`;
  const serving = await openServing(graph, workspace, { endpoint: node.name, version, model: model.id });
  try {
    const { plan } = serving;
    const ask: Ask = Object.fromEntries([
      ...plan.keys.map((key) => [key, 'nobody-knows-this-one']),
      ...plan.requestColumns.map(({ name, type, rules }) => [name, sample(type, rules)]),
    ]);
    const { output } = await serving.answer(ask, workspace.clock.now());
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
