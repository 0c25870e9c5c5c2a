import { sha256 } from '../../base/index.ts';
import type { ColumnState, FilePartition } from './lake.port.ts';

/** File systems take names of up to 255 bytes. */
const LONGEST = 200;
const NULL = '__HIVE_DEFAULT_PARTITION__';

/**
 * The folder of a partition below its table's, in Hive's style as DuckLake names it: `country=DE/month=3`. It is for the eye
 * alone, the values stand in the catalog: what is long is cut and gets a hash. Whatever the values, it is a plain path without `.` or `..`.
 */
export function partitionFolder(columns: readonly ColumnState[], { keys, values }: FilePartition): string {
  const taken = new Set<string>();
  return keys
    .map(({ columnId, transform }, i) => {
      const column = columns.find(({ id }) => id === columnId)?.name ?? `column_${columnId}`;
      const plain = transform === 'identity' ? column : transform.replace(/\(.*/, '');
      const name = taken.has(plain) ? `${plain}_${column}` : plain;
      taken.add(name);
      const value = values[i] ?? null;
      return bounded(`${escaped(name)}=${value === null ? NULL : escaped(value)}`);
    })
    .join('/');
}

/** All but letters, digits and `-_.~` as %XX, as DuckDB does. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function bounded(segment: string): string {
  if (segment.length <= LONGEST) return segment;
  return `${segment.slice(0, 150).replace(/%.?$/, '')}.${sha256(segment).slice(0, 12)}`;
}
