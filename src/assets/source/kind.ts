import type { Kind } from '../../graph/index.ts';
import {
  checkContract,
  checkPartition,
  checkRules,
  contractDefinition,
  freshnessOf,
  promisesOf,
} from '../contract/index.ts';
import { buildSource } from './build.ts';
import { connectorOf } from './connectors.ts';
import { sourceLineage } from './lineage.ts';
import { arrivalsOf, identityOf } from './plan.ts';
import { portraySource } from './portrait.ts';
import type { SourceBody } from './spec.ts';

/** Rows from outside, under a contract. */
export const sourceKind: Kind<SourceBody> = {
  kind: 'source',
  revision: 1,
  definition: ({ contract, from }) => ({
    from: identityOf(from),
    contract: contractDefinition(contract),
  }),
  storage: ({ partitionBy }) => partitionBy,
  // The datasets it refers to are looked up as they are when rows come in; their later rows judge nothing again.
  sees: 'declaration',
  check: async (node, context) => {
    const { contract, from, partitionBy } = node.body;
    const { name: asset, place } = node;
    const faults = connectorOf(from).check?.(from, contract) ?? [];
    return [
      ...checkContract(node, contract),
      ...checkPartition(node, contract, partitionBy),
      ...(await checkRules(node, contract, context)),
      ...faults.map((fault) => ({ ...fault, owner: 'project' as const, asset, place })),
    ];
  },
  lineage: sourceLineage,
  portray: portraySource,
  promises: ({ contract }) => promisesOf(contract),
  freshness: ({ body }, version, workspace) => freshnessOf(body.contract, version, workspace),
  arrivals: arrivalsOf,
  build: buildSource,
};
