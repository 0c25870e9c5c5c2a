import type { Kind } from '../../graph/index.ts';
import { checkContract, checkPatterns } from '../contract/index.ts';
import { buildSource } from './build.ts';
import { connectorOf } from './connectors.ts';
import { arrivalsOf, identityOf } from './plan.ts';
import type { SourceBody } from './spec.ts';

/** Rows from outside, under a contract. */
export const sourceKind: Kind<SourceBody> = {
  kind: 'source',
  revision: 1,
  // What people are told about a column changes nothing in the table.
  definition: ({ contract, from }) => ({
    from: identityOf(from),
    contract: {
      ...contract,
      owner: undefined,
      columns: contract.columns.map(({ description: _, pii: __, ...column }) => column),
    },
  }),
  check: async (node, { session }) => {
    const { contract, from } = node.body;
    const { name: asset, place } = node;
    const faults = connectorOf(from).check?.(from, contract) ?? [];
    return [
      ...checkContract(node, contract),
      ...(await checkPatterns(node, contract, session)),
      ...faults.map((fault) => ({ ...fault, owner: 'project' as const, asset, place })),
    ];
  },
  arrivals: arrivalsOf,
  build: buildSource,
};
