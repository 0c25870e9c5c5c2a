import type { Kind } from '../../graph/index.ts';
import { checkContract, checkPatterns } from '../contract/index.ts';
import { buildSource } from './build.ts';
import { arrivalsOf } from './plan.ts';
import type { SourceBody } from './spec.ts';

/** Rows from files, under a contract. */
export const sourceKind: Kind<SourceBody> = {
  kind: 'source',
  revision: 1,
  // What people are told about a column changes nothing in the table.
  definition: ({ contract, files }) => ({
    files,
    contract: {
      ...contract,
      owner: undefined,
      columns: contract.columns.map(({ description: _, pii: __, ...column }) => column),
    },
  }),
  check: async (node, { session }) => [
    ...checkContract(node, node.body.contract),
    ...(await checkPatterns(node, node.body.contract, session)),
  ],
  arrivals: arrivalsOf,
  build: buildSource,
};
