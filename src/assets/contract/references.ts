import { type ColumnType, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { ContractSpec } from './spec.ts';

// A reference is looked up in a temporary ENUM of the other dataset's values: a hash table without a join. A join would hold back
// small chunks, and where a row stands in its file is told by its place among the others (cell-sql.ts: among).

/** The datasets that a contract refers to, each once. */
export function referencedDatasets(contract: ContractSpec): string[] {
  const names = contract.columns.flatMap((column) =>
    column.rules.flatMap((rule) => (rule.rule === 'references' ? [rule.dataset] : [])),
  );
  return [...new Set(names)];
}

/** The session's name for the values that the rule at `rule` of the column at `column` refers to. */
export function referenceType(column: number, rule: number): string {
  return `_mill_reference_${column}_${rule}`;
}

/** A value as text such that equal values are equal texts; −0 is 0. */
export function referenceText(type: ColumnType, value: string): string {
  return type === 'string' ? value : type === 'double' ? `(${value} + 0.0)::VARCHAR` : `${value}::VARCHAR`;
}

/**
 * Makes the values that a contract refers to known to the session. `relation` is what stands after FROM for a dataset: its rows as
 * they are live. Costs memory in proportion to the distinct values.
 */
export async function prepareReferences(
  session: Session,
  contract: ContractSpec,
  relation: (dataset: string) => string,
): Promise<void> {
  for (const [i, column] of contract.columns.entries())
    for (const [r, rule] of column.rules.entries()) {
      if (rule.rule !== 'references') continue;
      const name = quoteName(rule.column);
      await session.run(
        `create or replace temp type ${referenceType(i, r)} as enum (select distinct ${referenceText(column.type, name)} from ${relation(rule.dataset)} where ${name} is not null)`,
      );
    }
}
