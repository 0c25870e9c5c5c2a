import { quoteName, quoteText } from '../../base/index.ts';
import { memberPointer, pointerTo, stepsOf } from './path.ts';
import type { ContractSpec } from './spec.ts';

/** What stands for a personal datum wherever rows are shown. */
export const MASK = '•••';

/** The columns of a contract that were declared as personal data, by `.pii()`. */
export function personalColumns(contract: ContractSpec | undefined): ReadonlySet<string> {
  return new Set((contract?.columns ?? []).flatMap(({ name, pii }) => (pii ? [name] : [])));
}

/** A row without its personal data; what is missing is seen to be missing. */
export function maskRow<T>(contract: ContractSpec | undefined, row: Readonly<Record<string, T>>) {
  const personal = personalColumns(contract);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value !== null && personal.has(name) ? MASK : value]),
  ) as Record<string, T | typeof MASK>;
}

/** SQL: the rows of a dataset's table without its personal data. Masked columns are text. `relation` stands after FROM. */
export function maskedTableSql(contract: ContractSpec | undefined, relation: string): string {
  const personal = [...personalColumns(contract)].map(quoteName);
  if (personal.length === 0) return `select * from ${relation}`;
  const masks = personal.map(
    (name) => `case when ${name} is not null then ${quoteText(MASK)} end as ${name}`,
  );
  return `select * replace (${masks.join(', ')}) from ${relation}`;
}

/**
 * SQL: the rows of a dataset's quarantine without its personal data. Of a line that is no row nobody knows what is where, so all of
 * it is masked. Columns of a file that are not declared are shown.
 */
export function maskedQuarantineSql(contract: ContractSpec | undefined, relation: string): string {
  const personal = (contract?.columns ?? [])
    .filter(({ pii }) => pii)
    .map((column) => stepsOf(pointerTo(column)));
  if (personal.length === 0) return `select * from ${relation}`;
  const patch = (steps: readonly string[]): string =>
    quoteText(JSON.stringify(steps.reduceRight<unknown>((inner, step) => ({ [step]: inner }), MASK)));
  const isThere = (steps: readonly string[]): string =>
    `json_exists(_row, ${quoteText(steps.map(memberPointer).join(''))})`;
  // One after the other, so that no column appears in a row that has it not. Where it is not in its place, what its place should lie in
  // may hold it in another form, and an element of a list cannot be exchanged alone: both are masked as a whole.
  const masked = personal.reduce((row, steps) => {
    const first = steps.slice(0, 1);
    const whole = `case when ${isThere(first)} then json_merge_patch(${row}, ${patch(first)}) else ${row} end`;
    if (steps.length === 1) return whole;
    const exact = steps.some((step) => /^\d+$/.test(step)) ? 'false' : isThere(steps);
    return `case when ${exact} then json_merge_patch(${row}, ${patch(steps)}) else ${whole} end`;
  }, '_row::JSON');
  const line = `case when json_keys(_row) = ['_text'] then ${patch(['_text'])}::JSON else ${masked} end`;
  return `select * replace ((${line})::VARCHAR as _row) from ${relation}`;
}
