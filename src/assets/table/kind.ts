import { quoteName } from '../../base/index.ts';
import type { Continuation, Kind } from '../../graph/index.ts';
import {
  contractDefinition,
  freshnessOf,
  portrayContract,
  promisesOf,
  referencedDatasets,
} from '../contract/index.ts';
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

function continuationOf({ contract, query, incremental, history }: TableBody): Continuation | undefined {
  const uses = usesOf(query);
  const datasets = [...new Set([...uses.map(({ dataset }) => dataset), ...referencedDatasets(contract)])];
  if (history !== undefined) return { grows: datasets, remembers: true, carries: true };
  if (incremental === undefined) return undefined;
  // Seen by interval and in no other way.
  const driving = datasets.filter((dataset) => {
    const same = uses.filter((use) => use.dataset === dataset);
    return same.length > 0 && same.every(({ within }) => within !== undefined);
  });
  const within = new Set(uses.flatMap((use) => (use.within === undefined ? [] : [use.dataset])));
  const { lookBack, keepLookups } = incremental;
  return {
    grows: driving,
    looksUp: keepLookups ? datasets.filter((dataset) => !within.has(dataset)) : [],
    remembers: lookBack !== undefined || keepLookups === true,
    byIntervals: true,
  };
}
