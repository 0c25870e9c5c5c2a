import { EARLIEST, formatDuration, LATEST, type Problem } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { CheckContext, Node } from '../../graph/index.ts';
import { type ColumnSpec, checkPatterns, contractOfInput } from '../contract/index.ts';
import { keyFault } from './entity-key.ts';
import type { RequestColumn } from './request/compute.ts';
import { probe } from './request/probe.ts';
import type { RequestBody } from './request/request.ts';
import {
  type AggregateName,
  type AggregateSpec,
  aggregatesIn,
  type FeatureSpec,
  type FeaturesBody,
} from './spec.ts';
import { renamed, type ThroughBody } from './through.ts';
import { EXACT } from './time-law.ts';
import { checkCondition } from './where/index.ts';

/** More items than this make a list slow to keep. */
const MOST_ITEMS = 1_000;
/** More tiles than this in one window make reading it slow and its state large. */
const MOST_TILES = 2_000;

/** Faults of a features asset that its types cannot rule out. */
export function checkFeatures(node: Node<FeaturesBody>, { graph }: CheckContext): Problem[] {
  const { body } = node;
  const contract = contractOfInput(graph, body.from);
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({
      code: 'MILL_FEATURES_INVALID',
      message,
      todo,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  const columns = new Map(contract.columns.map((c) => [c.name, c]));
  for (const key of body.entity.keys) {
    const column = columns.get(key);
    const fault = column && keyFault(column.type);
    if (column === undefined)
      found(`'${body.from}' has no column '${key}', ${keyOf(body, key)}.`, 'Add it there.');
    else if (fault !== undefined)
      found(
        `'${key}' of '${body.from}' is ${fault}.`,
        'Name entities by a text, a whole number or a truth value.',
      );
  }
  if (body.entity.keys.length === 0) found(`${body.entity.name} has no key.`, 'Give its key, a column.');
  if (contract.eventTime === undefined)
    found(`'${body.from}' has no event time.`, 'Declare eventTime there: windows are stretches of it.');
  if (body.features.length === 0) found('It has no features.', 'Give at least one in compute.');
  for (const { name } of body.features)
    if (name.startsWith('_'))
      found(`'${name}' begins with '_'.`, 'Names with a leading _ are kept for Millrace.');
  for (const spec of body.features)
    for (const own of aggregatesIn(spec)) checkAggregate({ ...own, name: spec.name }, body, columns, found);
  return problems;
}

type Found = (message: string, todo: string) => void;

const numeric: readonly AggregateName[] = ['sum', 'mean', 'variance', 'stddev', 'min', 'max', 'quantile'];
const ofRows: readonly AggregateName[] = ['count', 'share', 'sinceLast'];

function checkAggregate(
  spec: AggregateSpec,
  { from }: FeaturesBody,
  columns: ReadonlyMap<string, ColumnSpec>,
  found: Found,
): void {
  const { name, aggregate, column, window, hop, ending, where, holds, parameter = 0 } = spec;
  const type = column === null ? undefined : columns.get(column)?.type;
  if (!ofRows.includes(aggregate) && type === undefined)
    found(`'${name}' is over '${column}', which '${from}' does not have.`, 'Name one of its columns.');
  if (numeric.includes(aggregate) && type !== undefined && type !== 'double' && type !== 'integer')
    found(`'${name}' is the ${aggregate} of '${column}', which is no number.`, 'Choose a number column.');
  for (const condition of [where, holds])
    if (condition !== undefined)
      for (const { message, todo } of checkCondition(condition, [...columns.values()]))
        found(`'${name}': ${message}`, todo);
  if (aggregate === 'quantile' && !(parameter >= 0 && parameter <= 1))
    found(`'${name}' is the ${parameter}-quantile.`, 'Give a number from 0 to 1.');
  if (
    (aggregate === 'lastK' || aggregate === 'topK') &&
    !(Number.isInteger(parameter) && parameter >= 1 && parameter <= MOST_ITEMS)
  )
    found(`'${name}' is a list of ${parameter}.`, `Give a whole number from 1 to ${MOST_ITEMS}.`);
  if (window !== null && !(window > 0))
    found(
      `'${name}' looks at ${formatDuration(window)}.`,
      "Give a length above 0, like '1h', or 'lifetime'.",
    );
  if (!(hop > 0))
    found(`'${name}' moves by ${formatDuration(hop)}.`, "Give a hop above 0, like '1m', or 'exact'.");
  if (ending < 0)
    found(
      `'${name}' ends ${formatDuration(-ending)} after the question.`,
      'Give endingBefore 0 or more: nothing of the future is known.',
    );
  if (!(hop > 0) || (window !== null && !(window > 0))) return;
  if (window !== null && window > LATEST - EARLIEST)
    found(`'${name}' looks at ${formatDuration(window)}, longer than there are instants.`, "Use 'lifetime'.");
  if (window !== null && hop > window)
    found(
      `'${name}' moves by ${formatDuration(hop)}, further than its window of ${formatDuration(window)}.`,
      'Choose a shorter hop.',
    );
  const reach = (window ?? 0) + ending;
  if (hop !== EXACT && reach / hop > MOST_TILES)
    found(
      `'${name}' would need ${Math.ceil(reach / hop)} tiles, more than ${MOST_TILES}.`,
      `Choose a hop of at least ${formatDuration(Math.ceil(reach / MOST_TILES / 60e6) * 60e6)}, or 'exact' where little happens.`,
    );
}

const keyOf = ({ entity }: FeaturesBody, key: string): string =>
  entity.keys.length === 1
    ? `the key of ${entity.name}`
    : `of the key of ${entity.name} (${entity.keys.join(', ')}, '${key}' is missing)`;

/** What a request-features node gives, and its faults: its function is called with made-up inputs. */
export function probeNode(
  node: Node<RequestBody>,
  graph: CheckContext['graph'],
): { columns: readonly RequestColumn[]; problems: readonly Problem[] } {
  const uses = Object.entries(node.body.uses).map(([as, name]) => [as, featuresNamed(name, graph)] as const);
  return probe(node, Object.fromEntries(uses));
}

/** The features of a features asset, or of one that is looked up through another. */
export function featuresNamed(name: string, graph: CheckContext['graph']): readonly FeatureSpec[] {
  const node = graph.nodes.get(name) as Node;
  if (node.kind !== 'through') return (node as Node<FeaturesBody>).body.features;
  const { of, prefix } = (node as Node<ThroughBody>).body;
  return renamed((graph.nodes.get(of) as Node<FeaturesBody>).body, prefix).features;
}

/** Faults of what a request is declared to hold. */
export async function checkRequest(node: Node<RequestBody>, session: Session): Promise<Problem[]> {
  const columns = node.body.request;
  const nested = columns.filter(({ at }) => at !== undefined);
  return [
    ...(await checkPatterns(node, { columns }, session)),
    ...nested.map(
      ({ name }): Problem => ({
        code: 'MILL_REQUEST_FEATURES_INVALID',
        message: `The field '${name}' says where it lies in a JSON object, but a question holds its fields side by side.`,
        todo: 'Drop .at(…).',
        owner: 'project',
        asset: node.name,
        place: node.place,
      }),
    ),
  ];
}
