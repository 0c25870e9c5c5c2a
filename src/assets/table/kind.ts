import { quoteName } from '../../base/index.ts';
import type { Continuation, Kind } from '../../graph/index.ts';
import { contractDefinition, freshnessOf, portrayContract, promisesOf } from '../contract/index.ts';
import { buildTable } from './build.ts';
import { checkTable } from './check.ts';
import { pendingIntervals } from './incremental/index.ts';
import { renderQuery, type TableBody, usesOf } from './spec.ts';
import { tableLineage } from './table-lineage.ts';

/** SQL over other datasets, under a contract of its own. */
export const tableKind: Kind<TableBody> = {
  kind: 'table',
  revision: 1,
  definition: ({ incremental, partitionBy: _, ...body }) => ({
    ...body,
    contract: contractDefinition(body.contract),
    // How long intervals stay open, and what is looked up again, decides what is built from now on and makes nothing that is built wrong.
    ...(incremental ? { incremental: { every: incremental.every, from: incremental.from } } : {}),
  }),
  storage: ({ partitionBy }) => partitionBy,
  check: checkTable,
  lineage: tableLineage,
  portray: ({ body }) => ({
    type: 'TABLE',
    ...portrayContract(body.contract),
    query: { text: renderQuery(body.query, quoteName), dialect: 'duckdb' },
  }),
  promises: ({ contract }) => promisesOf(contract),
  continues: continuationOf,
  pending: pendingIntervals,
  freshness: ({ body }, version, workspace) => freshnessOf(body.contract, version, workspace),
  build: buildTable,
};

function continuationOf({ query, incremental, history }: TableBody): Continuation | undefined {
  const uses = usesOf(query);
  const datasets = [...new Set(uses.map(({ dataset }) => dataset))];
  if (history !== undefined) return { grows: datasets, remembers: true, carries: true };
  if (incremental === undefined) return undefined;
  const whole = new Set(uses.flatMap(({ dataset, within }) => (within === undefined ? [dataset] : [])));
  const { lookBack, keepLookups } = incremental;
  return {
    grows: datasets.filter((dataset) => !whole.has(dataset)),
    looksUp: keepLookups
      ? datasets.filter((dataset) => uses.every((use) => use.dataset !== dataset || use.within === undefined))
      : [],
    remembers: lookBack !== undefined || keepLookups === true,
    byIntervals: true,
  };
}
