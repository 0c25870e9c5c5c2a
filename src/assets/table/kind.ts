import { quoteName } from '../../base/index.ts';
import type { Kind } from '../../graph/index.ts';
import { contractDefinition, portrayContract, promisesOf } from '../contract/index.ts';
import { buildTable } from './build.ts';
import { checkTable } from './check.ts';
import { renderQuery, type TableBody } from './spec.ts';
import { tableLineage } from './table-lineage.ts';

/** SQL over other datasets, under a contract of its own. */
export const tableKind: Kind<TableBody> = {
  kind: 'table',
  revision: 1,
  definition: (body) => ({ ...body, contract: contractDefinition(body.contract) }),
  check: checkTable,
  lineage: tableLineage,
  portray: ({ body }) => ({
    type: 'TABLE',
    ...portrayContract(body.contract),
    query: { text: renderQuery(body.query, quoteName), dialect: 'duckdb' },
  }),
  promises: ({ contract }) => promisesOf(contract),
  build: buildTable,
};
