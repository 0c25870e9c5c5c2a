import type { ColumnType, Instant } from '../../../base/index.ts';
import { isExact } from './json.ts';

/** Where a record stands on its cursor: numbers and instants by size, texts letter by letter. Undefined: nowhere, it is a bad cell. */
export type Place = number | string;

export function placeOf(type: ColumnType, cell: unknown): Place | undefined {
  const text = textOf(cell);
  if (text === undefined) return undefined;
  if (type === 'string') return text;
  if (type === 'timestamp') return instantOf(text);
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A cell as it is sent and compared; undefined for what is no text or number. */
export function textOf(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return String(cell);
  // A number kept with all its digits (json.ts).
  return isExact(cell) ? cell.rawJSON : undefined;
}

const INSTANT =
  /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:(Z)|([+-]\d\d):?(\d\d)?)?)?\s*$/;

/** ISO 8601 as the contract reads it: without a zone it is UTC. */
export function instantOf(text: string): Instant | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', , hours, zoneMinutes = '00'] = match;
  const zone = hours === undefined ? 'Z' : `${hours}:${zoneMinutes}`;
  const millis = Date.parse(`${date}T${minutes}:${seconds}${zone}`);
  if (!Number.isFinite(millis)) return undefined;
  return millis * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
