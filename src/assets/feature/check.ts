import { formatDuration, type Problem } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { CheckContext, Node } from '../../graph/index.ts';
import { checkPatterns, contractOfInput } from '../contract/index.ts';
import { probe, type RequestColumn } from './compute.ts';
import type { RequestBody } from './request.ts';
import type { FeaturesBody } from './spec.ts';

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
  if (!columns.has(body.entity.key))
    found(
      `'${body.from}' has no column '${body.entity.key}', the key of ${body.entity.name}.`,
      'Add it there.',
    );
  if (contract.eventTime === undefined)
    found(`'${body.from}' has no event time.`, 'Declare eventTime there: windows are stretches of it.');
  if (body.features.length === 0) found('It has no features.', 'Give at least one in compute.');
  for (const feature of body.features) {
    const { name, aggregate, column, window, hop } = feature;
    if (name.startsWith('_'))
      found(`'${name}' begins with '_'.`, 'Names with a leading _ are kept for Millrace.');
    const type = column === null ? undefined : columns.get(column)?.type;
    if (aggregate !== 'count' && type === undefined)
      found(`'${name}' is over '${column}', which '${body.from}' does not have.`, 'Name one of its columns.');
    if (['sum', 'mean', 'min', 'max'].includes(aggregate) && type !== 'double' && type !== 'integer')
      found(`'${name}' is the ${aggregate} of '${column}', which is no number.`, 'Choose a number column.');
    if (hop > window)
      found(
        `'${name}' moves by ${formatDuration(hop)}, further than its window of ${formatDuration(window)}.`,
        'Choose a shorter hop.',
      );
    if (window / hop > MOST_TILES)
      found(
        `'${name}' would need ${Math.ceil(window / hop)} tiles, more than ${MOST_TILES}.`,
        `Choose a hop of at least ${formatDuration(Math.ceil(window / MOST_TILES / 60e6) * 60e6)}.`,
      );
  }
  return problems;
}

/** What a request-features node gives, and its faults: its function is called with made-up inputs. */
export function probeNode(
  node: Node<RequestBody>,
  graph: CheckContext['graph'],
): { columns: readonly RequestColumn[]; problems: readonly Problem[] } {
  const uses = Object.entries(node.body.uses).map(
    ([as, name]) => [as, (graph.nodes.get(name) as Node<FeaturesBody>).body.features] as const,
  );
  return probe(node, Object.fromEntries(uses));
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
