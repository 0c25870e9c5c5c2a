import type { Problem } from '../../base/index.ts';
import type { Graph, Node } from '../../graph/index.ts';
import { contractOfInput } from '../contract/index.ts';
import { type TableBody, usesOf, VALID_FROM, VALID_TO } from './spec.ts';

/** Whether what a table is to be built by, intervals or periods, goes together with its query and its contract. */
export function checkKeeping(node: Node<TableBody>, graph: Graph): Problem[] {
  const { incremental, history } = node.body;
  const problem = (code: Problem['code'], message: string, todo: string): Problem => ({
    ...{ code, message, todo },
    owner: 'project',
    asset: node.name,
    place: node.place,
  });
  if (incremental !== undefined && history !== undefined)
    return [
      problem(
        'MILL_TABLE_HISTORY',
        `'${node.name}' is declared incremental and with history.`,
        'Take one of them: put the history over another table that is incremental.',
      ),
    ];
  const faults = [
    ...intervalFaults(node, graph).map(([message, todo]) => problem('MILL_TABLE_INTERVALS', message, todo)),
    ...historyFaults(node).map(([message, todo]) => problem('MILL_TABLE_HISTORY', message, todo)),
  ];
  return faults;
}

type Fault = readonly [message: string, todo: string];

function intervalFaults({ name, body }: Node<TableBody>, graph: Graph): Fault[] {
  const { contract, incremental, query } = body;
  const within = usesOf(query).filter((use) => use.within !== undefined);
  if (incremental === undefined)
    return within.length === 0
      ? []
      : [
          [
            `The query of '${name}' sees ${within.map(({ dataset }) => dataset).join(', ')} within an interval, but it is not built by intervals.`,
            "Declare `incremental: { every: '1d' }`, or use the dataset itself in the query.",
          ],
        ];
  const faults: Fault[] = [];
  if (contract.eventTime === undefined)
    faults.push([
      `'${name}' is incremental, but has no event time to be told apart by.`,
      'Name the column that says to which interval a row belongs: `eventTime`.',
    ]);
  if (within.length === 0)
    faults.push([
      `'${name}' is incremental, but its query sees every dataset as a whole.`,
      'Put `within(…)` around the one whose rows it is made of.',
    ]);
  for (const { dataset } of within)
    if (contractOfInput(graph, dataset).eventTime === undefined)
      faults.push([
        `'${name}' sees '${dataset}' within an interval, but '${dataset}' declares no event time.`,
        `Declare \`eventTime\` of '${dataset}'.`,
      ]);
  return faults;
}

function historyFaults({ name, body: { contract, history } }: Node<TableBody>): Fault[] {
  if (history === undefined) return [];
  const faults: Fault[] = [];
  if (history.key.length === 0)
    faults.push([
      `'${name}' keeps history, but has no key by which a row is found again.`,
      'Declare its `key`.',
    ]);
  const twice = contract.columns.filter(
    ({ name: column }, i) => contract.columns.findIndex((other) => other.name === column) !== i,
  );
  for (const { name: column } of twice)
    faults.push([
      `'${name}' declares a column '${column}', which a table with history has of its own.`,
      `Give it another name in the query; ${VALID_FROM} and ${VALID_TO} say from when to when a row was so.`,
    ]);
  const { changedAt } = history;
  const column = contract.columns.find((one) => one.name === changedAt);
  if (changedAt !== undefined && (column?.type !== 'timestamp' || column.nullable))
    faults.push([
      `'${name}' is to read since when a row is so from '${changedAt}', which is ${column === undefined ? 'no column of it' : column.nullable ? 'a column that may be null' : `of type ${column.type}`}.`,
      'Name a timestamp column that may not be null.',
    ]);
  return faults;
}
