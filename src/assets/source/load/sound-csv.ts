import { isUtf8 } from 'node:buffer';
import { type CsvHeader, csvHeader } from './csv-header.ts';
import { csvDialect, csvRecords } from './csv-records.ts';
import { fileBytes } from './file-bytes.ts';
import { unreadable } from './unreadable.ts';

/**
 * The header of a CSV file every line of which is a row: for whoever sets nothing aside. DuckDB by itself takes a file that ends within quotes for
 * a whole one, without its last rows (1.5.6). `wanted` are names that the header may have; they tell the delimiter.
 * @throws MILL_SOURCE_FILE_UNREADABLE naming the first line that is no row, MILL_SOURCE_COLUMN_DUPLICATE
 */
export async function soundCsv(
  absolute: string,
  path: string,
  wanted: readonly string[],
): Promise<CsvHeader> {
  const header = await csvHeader(absolute, path, { nulls: [] }, wanted);
  const width = header.names.length;
  for await (const records of csvRecords(fileBytes(absolute, path), csvDialect(header.delimiter), width))
    for (const { bytes, line, sound } of records) {
      if (!sound)
        throw unreadable(path, `line ${line} is no row of ${width} cells: a quote or a cell is out of place`);
      if (!isUtf8(bytes)) throw unreadable(path, `line ${line} is not UTF-8`);
    }
  return header;
}
