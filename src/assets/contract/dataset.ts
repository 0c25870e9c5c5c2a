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
