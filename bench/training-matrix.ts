import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { InputColumn } from '../src/assets/model/train/index.ts';

// How a matrix to train on goes from one process to another: 64-bit floats, in the order that the reader likes best, so that
// neither pays for turning it around.

/**
 * OpenMP's threads spin while they wait. Where other processes want the cores too, two threads took between 2 and 21 s for what
 * takes 1.3 s when they wait passively: a figure about the machine, not about LightGBM. On a quiet one spinning may be the
 * faster way; that was not measured.
 */
export const PASSIVE = { OMP_WAIT_POLICY: 'passive' };

/** Rows at a time. */
const BLOCK = 10_000;

const cell = (column: InputColumn, row: number): number =>
  column.type === 'number' ? column.values[row]! : column.codes[row]! < 0 ? Number.NaN : column.codes[row]!;

/** Row by row, the target first. */
export function writeRows(file: string, columns: readonly InputColumn[], target: Float64Array): void {
  const out = openSync(file, 'w');
  const width = columns.length + 1;
  const block = new Float64Array(BLOCK * width);
  for (let from = 0; from < target.length; from += BLOCK) {
    const rows = Math.min(BLOCK, target.length - from);
    for (let i = 0; i < rows; i++) {
      block[i * width] = target[from + i]!;
      columns.forEach((column, k) => {
        block[i * width + k + 1] = cell(column, from + i);
      });
    }
    writeSync(out, new Uint8Array(block.buffer, 0, 8 * rows * width));
  }
  closeSync(out);
}

/** Column by column, the target first. */
export function writeColumns(file: string, columns: readonly InputColumn[], target: Float64Array): void {
  const out = openSync(file, 'w');
  const bytes = (values: Float64Array): Uint8Array =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  writeSync(out, bytes(target));
  for (const column of columns)
    writeSync(out, bytes(Float64Array.from(target, (_, row) => cell(column, row))));
  closeSync(out);
}

/** What `writeColumns` wrote. Categories are named by their numbers. */
export function readColumns(
  file: string,
  kinds: readonly InputColumn['type'][],
): { columns: InputColumn[]; target: Float64Array } {
  const bytes = readFileSync(file);
  const whole = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  const rows = whole.length / (kinds.length + 1);
  const columns = kinds.map((type, i): InputColumn => {
    const values = whole.subarray((i + 1) * rows, (i + 2) * rows);
    if (type === 'number') return { name: `c${i}`, type, values };
    const codes = Int32Array.from(values, (code) => (Number.isNaN(code) ? -1 : code));
    const most = codes.reduce((a, b) => Math.max(a, b), -1);
    return { name: `c${i}`, type, codes, categories: Array.from({ length: most + 1 }, (_, k) => `${k}`) };
  });
  return { columns, target: whole.subarray(0, rows) };
}
