import { bug, quoteName, quoteText } from '../../../base/index.ts';
import { type ContractSpec, JSON_RULE, pointerTo, type RawRelation } from '../../contract/index.ts';
import { literalPath, type PreparedFile } from './prepared-file.ts';

/** Never a cell's text: DuckDB is to take no cell for null, that is ours to say. */
const NO_NULL = '\u001enone\u001e';
/** Stands in no JSON text (control characters are escaped there), so every line is one cell. */
const NO_DELIMITER = '\u001f';

/** Files that one SQL query can read: same format, same columns in the same order. */
export function groupsOf(files: readonly PreparedFile[]): PreparedFile[][] {
  const alike = Map.groupBy(files, (file) =>
    JSON.stringify([file.format, file.delimiter, file.hasHeader, file.names, file.types]),
  );
  return [...alike.values()];
}

/** A group's rows as they are, each with the number of its file as `_file`. */
export function rawRelation(
  contract: ContractSpec,
  files: readonly PreparedFile[],
  nulls: readonly string[],
): RawRelation {
  const [first] = files;
  if (first === undefined) throw bug('A group of no files.');
  const paths = `[${files.map((file) => quoteText(literalPath(file.plain))).join(', ')}]`;
  const numbers = `[${files.map((file) => file.index).join(', ')}]`;
  const plain = `[${files.map((file) => quoteText(file.plain)).join(', ')}]`;
  const keep = [`${numbers}[list_position(${plain}, _mill_file)] as _file`];
  const common = `filename = '_mill_file', hive_partitioning = false`;
  const text = `auto_detect = false, compression = 'none', max_line_size = 2097152, nullstr = [${quoteText(NO_NULL)}], ${common}`;
  const columnAt = (name: string) => first.names.indexOf(name);
  switch (first.format) {
    case 'csv': {
      const columns = first.names.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
      return {
        from: `read_csv(${paths}, delim = ${quoteText(first.delimiter)}, quote = '"', escape = '"', header = ${first.hasHeader}, columns = {${columns}}, ${text})`,
        cells: contract.columns.map(({ name }) => ({ sql: `c${columnAt(name)}`, form: 'text' })),
        nulls,
        keep,
      };
    }
    case 'jsonl': {
      const pointers = contract.columns.map((column) => quoteText(pointerTo(column))).join(', ');
      const lines = `read_csv(${paths}, delim = ${quoteText(NO_DELIMITER)}, quote = '', escape = '', header = false, columns = {'line': 'VARCHAR'}, ${text})`;
      const objects = `(select *, case when json_valid(line) then json_type(line) = 'OBJECT' else false end as is_object from ${lines})`;
      return {
        from: `(select *, json_extract_string(case when is_object then line end, [${pointers}]) as x from ${objects})`,
        cells: contract.columns.map((_, i) => ({ sql: `x[${i + 1}]`, form: 'text' })),
        // What is missing in JSON is absent or null; an empty text is a text.
        nulls: [],
        keep,
        spoilt: { sql: 'not is_object', rule: JSON_RULE },
      };
    }
    case 'parquet':
      return {
        from: `read_parquet(${paths}, ${common})`,
        cells: contract.columns.map(({ name }) => ({
          sql: quoteName(name),
          form: first.types[columnAt(name)]!,
        })),
        nulls: [],
        keep,
      };
  }
}
