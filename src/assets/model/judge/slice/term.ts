import { type ColumnType, formatInstant } from '../../../../base/index.ts';
import type { InputColumn } from '../../train/trainer.port.ts';
import { refuse } from '../input.ts';

/** What rows of a slice have in one column: one of some categories, a number within [from, to), or nothing. */
export type SliceTerm =
  | { readonly column: string; readonly is: readonly string[] }
  | { readonly column: string; readonly from?: number; readonly to?: number }
  | { readonly column: string; readonly missing: true };

/** As a person writes it: `country is DE or FR`, `amount from 10 to 50`, `abroad is true`, `opened from 2026-03-01`. `type` is what its numbers stand for. */
export function termText(term: SliceTerm, type: ColumnType = 'double'): string {
  const { column } = term;
  if ('missing' in term) return `${column} missing`;
  if ('is' in term) return `${column} is ${term.is.join(' or ')}`;
  const { from, to } = term;
  if (type === 'boolean' && (from === undefined) !== (to === undefined))
    return `${column} is ${from !== undefined}`;
  const short = type === 'timestamp' ? instantText : numberText;
  if (from === undefined) return `${column} below ${short(to as number)}`;
  return to === undefined ? `${column} from ${short(from)}` : `${column} from ${short(from)} to ${short(to)}`;
}

/** Six digits, but a whole number whole. */
const numberText = (value: number): string =>
  String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));

/** Seconds since 1970 as the day or the time that they are; as a number where they are on no calendar. */
function instantText(seconds: number): string {
  if (Number.isNaN(new Date(seconds * 1000).getTime())) return numberText(seconds);
  return formatInstant(Math.round(seconds * 1e6))
    .replace('T', ' ')
    .replace(/(?:\.0+)?Z$/, '')
    .replace(/ 00:00:00$/, '');
}

/**
 * Whether a row meets a term.
 * @throws MILL_JUDGE_INPUT when there is no such column, or it is of another type
 */
export function holds(term: SliceTerm, columns: readonly InputColumn[]): (row: number) => boolean {
  const { column: name } = term;
  const column = columns.find((one) => one.name === name);
  if (column === undefined)
    refuse(
      `A slice is of the column ${name}, which is not there. There are: ${columns
        .slice(0, 20)
        .map((one) => one.name)
        .join(', ')}.`,
      'Name one of the columns.',
    );
  if (column.type === 'category') {
    const { codes, categories } = column;
    if ('missing' in term) return (row) => (codes[row] as number) < 0;
    if (!('is' in term))
      refuse(`${name} holds categories, not numbers.`, `Give the slice as { column: '${name}', is: ['…'] }.`);
    const wanted = new Set(term.is);
    const among = categories.map((category) => wanted.has(category));
    return (row) => among[codes[row] as number] === true;
  }
  const { values } = column;
  if ('missing' in term) return (row) => Number.isNaN(values[row]);
  if ('is' in term)
    refuse(
      `${name} holds numbers, not categories.`,
      `Give the slice as { column: '${name}', from: 0, to: 1 }.`,
    );
  const { from = -Infinity, to } = term;
  if (term.from === undefined && term.to === undefined)
    refuse(`The slice of ${name} has neither from nor to.`, 'Give one of them.');
  return (row) => (values[row] as number) >= from && (to === undefined || (values[row] as number) < to);
}
