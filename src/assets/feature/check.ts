import { EARLIEST, formatDuration, LATEST, type Problem, withArticle } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { CheckContext, Node } from '../../graph/index.ts';
import { type ColumnSpec, checkPatterns, contractOfInput } from '../contract/index.ts';
import { keyFault, LOOK_UP_OPTION } from './entity-key.ts';
import type { RequestColumn } from './request/compute.ts';
import { type Found, requestFaults } from './request/faults.ts';
import { probe } from './request/probe.ts';
import type { RequestBody } from './request/request.ts';
import {
  type AggregateName,
  type AggregateSpec,
  aggregatesIn,
  type FeatureSpec,
  type FeaturesBody,
  isAggregate,
  type Operand,
} from './spec.ts';
import { renamed, type ThroughBody } from './through.ts';
import { EXACT } from './time-law.ts';
import { checkCondition } from './where/index.ts';

/** More items than this make a list slow to keep. */
const MOST_ITEMS = 1_000;
/** A column's longest name. */
const LONGEST_NAME = 200;
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
  for (const key of new Set(body.entity.keys.filter((key, i, all) => all.indexOf(key) < i)))
    found(`'${key}' is twice among the keys of ${body.entity.name}.`, 'Name it once.');
  if (body.entity.keys.includes(LOOK_UP_OPTION))
    found(
      `The key of ${body.entity.name} is called '${LOOK_UP_OPTION}', as is the option of a look-up (?${LOOK_UP_OPTION}=fresh).`,
      'Give the column another name.',
    );
  if (contract.eventTime === undefined)
    found(`'${body.from}' has no event time.`, 'Declare eventTime there: windows are stretches of it.');
  const { every = 0 } = body.audit ?? {};
  if (!Number.isSafeInteger(every) || every < 0)
    found(
      `It is to be audited every ${every} look-ups.`,
      'Give a whole number: audit: { every: 100 }, or 0 for none.',
    );
  if (body.features.length === 0) found('It has no features.', 'Give at least one in compute.');
  checkNames(
    body.features.map(({ name }) => name),
    found,
  );
  for (const spec of body.features) {
    checkReckoning(spec.name, spec, found);
    for (const own of aggregatesIn(spec)) checkAggregate({ ...own, name: spec.name }, body, columns, found);
  }
  return problems;
}

/** Faults of names, which are columns of training sets: those tell no upper from lower case. */
export function checkNames(names: readonly string[], found: Found): void {
  const taken = new Map<string, string>();
  for (const name of names) {
    if (name === '' || name.length > LONGEST_NAME)
      found(
        name === '' ? 'A feature has no name.' : `'${name.slice(0, 40)}…' has ${name.length} characters.`,
        `Give a name of 1 to ${LONGEST_NAME} characters.`,
      );
    if (name.includes('\0')) found('The name of a feature holds a NUL character.', 'Rename it.');
    if (name.startsWith('_'))
      found(`'${name}' begins with '_'.`, 'Names with a leading _ are kept for Millrace.');
    const other = taken.get(name.toLowerCase());
    if (other !== undefined)
      found(`'${other}' and '${name}' differ only in upper and lower case.`, 'Rename one of them.');
    taken.set(name.toLowerCase(), name);
  }
}

/** Faults of arithmetic: it is done with numbers. */
function checkReckoning(name: string, spec: Operand, found: Found): void {
  if (typeof spec === 'number' || isAggregate(spec)) return;
  for (const operand of spec.of) {
    if (typeof operand === 'number') {
      if (!Number.isFinite(operand)) found(`'${name}' reckons with ${operand}.`, 'Give a finite number.');
      continue;
    }
    if (operand.list || (operand.type !== 'double' && operand.type !== 'integer'))
      found(
        `'${name}' reckons with ${operand.list ? 'a list' : withArticle(operand.type)}.`,
        'Give features that are numbers, and numbers.',
      );
    checkReckoning(name, operand, found);
  }
}

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

/** Faults of what a request is declared to hold, and of the names of what is made of it. */
export async function checkRequest(
  node: Node<RequestBody>,
  given: readonly RequestColumn[],
  session: Session,
): Promise<Problem[]> {
  const columns = node.body.request;
  const nested = columns.filter(({ at }) => at !== undefined);
  const { problems, found } = requestFaults(node);
  for (const { name } of nested)
    found(
      `The field '${name}' says where it lies in a JSON object, but a question holds its fields side by side.`,
      'Drop .at(…).',
    );
  checkNames(
    given.map(({ name }) => name),
    found,
  );
  return [...(await checkPatterns(node, { columns }, session)), ...problems];
}
