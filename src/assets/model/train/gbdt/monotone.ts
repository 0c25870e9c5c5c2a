import { MillraceError } from '../../../../base/index.ts';
import type { InputShape } from '../trainer.port.ts';

/** Which way answers go as a column's values grow; they may stay as they are. */
export type Direction = 'increasing' | 'decreasing';

/**
 * By column: 1 increasing, −1 decreasing, 0 free; undefined where all are free.
 * @throws MILL_TRAIN_OPTION_INVALID when there is no such column of numbers
 */
export function directionsOf(
  monotone: Readonly<Record<string, Direction>>,
  columns: readonly InputShape[],
): Int8Array | undefined {
  const names = Object.keys(monotone);
  if (names.length === 0) return undefined;
  for (const name of names) {
    const type = columns.find((column) => column.name === name)?.type;
    if (type === 'number') continue;
    throw new MillraceError({
      code: 'MILL_TRAIN_OPTION_INVALID',
      message: `'monotone' names '${name}', which is ${type === undefined ? 'no input' : 'an input of categories'}; wanted an input of numbers.`,
      todo: 'Change the option of the trainer.',
      owner: 'project',
    });
  }
  const sign = { increasing: 1, decreasing: -1 } as const;
  return Int8Array.from(columns, ({ name }) => (Object.hasOwn(monotone, name) ? sign[monotone[name]!] : 0));
}
