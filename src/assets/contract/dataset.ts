import type { Problem } from '../../base/index.ts';
import type { Asset, Graph, NodeSpec } from '../../graph/index.ts';
import type { Columns } from './col.ts';
import type { ContractSpec } from './spec.ts';

/** A source or table: rows under a contract, that others are built from. */
export interface Dataset<Name extends string, C extends Columns> extends Asset {
  readonly kind: 'source' | 'table';
  readonly name: Name;
  readonly columns: C;
}

/** The contract of a node that is a dataset; undefined for other nodes. */
export function contractOf(node: NodeSpec): ContractSpec | undefined {
  return (node.body as { contract?: ContractSpec }).contract;
}

/** The contract of a node's input. It is a dataset by type, so its absence is a problem only of untyped programs. */
export function contractOfInput(graph: Graph, name: string): ContractSpec {
  const node = graph.nodes.get(name);
  const contract = node && contractOf(node);
  if (contract === undefined) throw new TypeError(`'${name}' is not a dataset`);
  return contract;
}

/** Faults of a contract that its types cannot rule out. */
export function checkContract(node: NodeSpec, contract: ContractSpec): Problem[] {
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({
      code: 'MILL_CONTRACT_INVALID',
      message,
      todo,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  if (contract.columns.length === 0) found('It has no columns.', 'Declare at least one column.');
  const byName = new Map(contract.columns.map((c) => [c.name, c]));
  for (const column of contract.columns) {
    if (column.name.startsWith('_'))
      found(
        `Column '${column.name}' begins with '_'.`,
        'Names with a leading _ are kept for Millrace; rename it.',
      );
    if (column.name.length > 200)
      found(`A column name has ${column.name.length} letters.`, 'Use at most 200.');
    for (const rule of column.rules) {
      if (rule.rule === 'between' && !(rule.min <= rule.max))
        found(
          `Column '${column.name}' is to lie between ${rule.min} and ${rule.max}.`,
          'Give the smaller number first.',
        );
      if (rule.rule === 'oneOf' && rule.values.length === 0)
        found(`Column '${column.name}' allows no value.`, 'List at least one value in oneOf(…).');
    }
  }
  for (const key of contract.key) {
    const column = byName.get(key);
    if (column === undefined) found(`The key '${key}' is not a column.`, 'Name a declared column.');
    else if (column.nullable)
      found(`The key column '${key}' is nullable.`, 'Drop .nullable(): a key always has a value.');
  }
  for (const name of [contract.eventTime, contract.availableAt])
    if (name !== undefined && byName.get(name)?.type !== 'timestamp')
      found(`'${name}' is not a timestamp column.`, 'Name a column declared by col.timestamp().');
  if (contract.eventTime !== undefined && byName.get(contract.eventTime)?.nullable)
    found(
      `The event time '${contract.eventTime}' is nullable.`,
      'Drop .nullable(): every event has its time.',
    );
  if (contract.fresh !== undefined && contract.eventTime === undefined)
    found('It promises freshness but has no event time.', 'Declare eventTime.');
  return problems;
}
