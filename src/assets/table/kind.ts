import type { Kind } from '../../graph/index.ts';
import { contractDefinition, freshnessOf, promisesOf } from '../contract/index.ts';
import { buildTable } from './build.ts';
import { checkTable } from './check.ts';
import type { TableBody } from './spec.ts';
import { tableLineage } from './table-lineage.ts';

/** SQL over other datasets, under a contract of its own. */
export const tableKind: Kind<TableBody> = {
  kind: 'table',
  revision: 1,
  definition: (body) => ({ ...body, contract: contractDefinition(body.contract) }),
  check: checkTable,
  lineage: tableLineage,
  promises: ({ contract }) => promisesOf(contract),
  freshness: ({ body }, version, workspace) => freshnessOf(body.contract, version, workspace),
  build: buildTable,
};
