import type { Problem } from '../../../base/index.ts';
import type { ContractSpec } from '../../contract/index.ts';
import { lookBackFaults } from '../look-back.ts';
import type { PostgresSpec } from './spec.ts';

type Fault = Omit<Problem, 'owner' | 'asset' | 'place'>;

/** Faults of the declaration that its types cannot rule out. */
export function checkPostgres(spec: PostgresSpec, contract: ContractSpec): Fault[] {
  const faults: Fault[] = [];
  const found = (message: string, todo: string): void => {
    faults.push({ code: 'MILL_CONNECTOR_INVALID', message, todo });
  };
  const { url, table, query, cursor, lookBack } = spec;
  if (typeof url === 'string') {
    // The text itself is in no message: it may hold what must not be shown.
    const parsed = URL.parse(url);
    if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol))
      found(
        'Its url is no postgres:// address.',
        "Write postgres://user@host:5432/database, or env('PG_URL').",
      );
    else if (parsed.password !== '' || parsed.searchParams.has('password'))
      found('Its url holds a password.', "Keep it in the environment: url: env('PG_URL').");
  }
  if ((table === undefined) === (query === undefined))
    found('It has to name either a table or a query.', 'Give one of table and query.');
  if (table !== undefined && (table.split('.').length > 2 || table.split('.').includes('')))
    found(`'${table}' is no table's name.`, "Write 'orders' or 'sales.orders'.");
  if (query !== undefined && !/^\s*(select|with|values|table)\b/i.test(query))
    found('Its query is no SELECT.', 'Begin it with select or with.');
  if (lookBack !== undefined && cursor === undefined)
    found('It looks back, but has no cursor to look back from.', 'Name a cursor, or take lookBack out.');
  const nested = contract.columns.find(({ at }) => at !== undefined);
  if (nested !== undefined)
    found(
      `Column '${nested.name}' says where it lies in a JSON object, but a database gives cells.`,
      'Take it apart in the query: query: "select data->>\'city\' as city from …".',
    );
  faults.push(...lookBackFaults(lookBack, contract));
  return faults;
}
