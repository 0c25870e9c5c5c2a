import type { Json } from '../../base/index.ts';
import type { ColumnPromise } from '../../store/state/index.ts';
import { contractDefinition } from './definition.ts';
import type { ColumnSpec, ContractSpec } from './spec.ts';

/** What a contract promises about its columns. */
export function promisesOf(contract: ContractSpec): Record<string, ColumnPromise> {
  const { columns } = contractDefinition(contract) as Pick<ContractSpec, 'columns'>;
  return Object.fromEntries(
    columns.map(({ name, type, nullable, rules, at }) => [
      name,
      {
        type,
        nullable,
        rules: rules as readonly unknown[] as readonly Json[],
        ...(at === undefined ? {} : { at }),
      },
    ]),
  );
}

/**
 * Whether a cell of this column could keep its row out of the table. Under `block` a published table holds all rows that came: with one
 * bad row there is no version. A text that may be missing has nothing to break.
 */
export function mayKeepOut(contract: ContractSpec, column: ColumnSpec): boolean {
  if (contract.onBreach === 'block') return false;
  const { name, type, nullable, rules } = column;
  const special = [...contract.key, contract.eventTime, contract.availableAt].includes(name);
  return type !== 'string' || !nullable || rules.length > 0 || special;
}

/**
 * The part of a contract that decides which of the rows that come are in the table: all of it but columns that cannot keep a row out,
 * and rules about the table as a whole, which judge and change nothing.
 */
export function keepingOut(
  contract: ContractSpec,
  without: (column: ColumnSpec) => boolean = () => false,
): Json {
  const { columns, tableRules: _, fresh: __, ...rest } = contractDefinition(contract) as ContractSpec;
  const kept = columns.filter((column) => mayKeepOut(contract, column) && !without(column));
  return { ...rest, columns: kept } as unknown as Json;
}
