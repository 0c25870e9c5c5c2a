import type { Json } from '../../../base/index.ts';
import { type ContractSpec, jsonReader } from '../../contract/index.ts';
import { type Posted, rowReader } from '../../source/index.ts';
import { type Cell, cleanCell } from '../aggregate/index.ts';

/** A posted row as its table will hold it: cells by column. */
export type PostedCells = ReadonlyMap<string, Cell>;

/** Reads the rows of a record as their load will: those that were set aside are left out. */
export function postedCells(contract: ContractSpec): (posted: Posted) => PostedCells[] {
  const read = rowReader(contract);
  const columns = contract.columns.map(({ name, type }) => ({ name, cell: jsonReader(type) }));
  return ({ lines, aside }) => {
    const unfit = new Set(aside);
    return lines.split('\n').flatMap((line, i) => {
      const { value } = read(line);
      if (unfit.has(i) || value === undefined) return [];
      const cells = new Map<string, Cell>();
      for (const { name, cell } of columns) {
        const raw = Object.hasOwn(value, name) ? (value[name] as Json) : null;
        cells.set(name, raw === null ? null : cleanCell(cell(raw) ?? null));
      }
      return [cells];
    });
  };
}
