import { lightRows } from '../light-rows.ts';
import type { FitInput } from '../trainer.port.ts';
import type { Binning } from './bins.ts';

/** Names that a note spells out. */
const SPELT = 5;

function named(names: readonly string[]): string {
  const spelt = names.slice(0, SPELT).map((name) => `'${name}'`);
  return names.length > SPELT ? `${spelt.join(', ')} and ${names.length - SPELT} more` : spelt.join(', ');
}

/** What a person should know of the inputs: columns that say nothing, categories that are not told apart. `usable`: columns that vary. */
export function inputNotes(
  input: FitInput,
  binnings: readonly Binning[],
  usable: readonly number[],
): string[] {
  const { columns, train } = input;
  const notes = lightRows(input);
  const dull = binnings.filter((_, i) => !usable.includes(i)).map(({ name }) => name);
  if (usable.length === 0)
    notes.push(
      'Every input column is constant or missing in the training rows: the model predicts the base rate.',
    );
  else if (dull.length > 0)
    notes.push(`Constant or missing in all training rows, and so of no use: ${named(dull)}.`);
  columns.forEach((column, i) => {
    const { bins } = binnings[i]!;
    if (column.type === 'number' || column.categories.length <= bins) return;
    const seen = new Set(column.codes.subarray(train.from, train.to));
    seen.delete(-1);
    seen.delete(column.categories.indexOf(''));
    if (seen.size > bins)
      notes.push(
        `'${column.name}' has ${seen.size} categories in the training rows: the ${bins} most frequent are told apart, the others count as missing.`,
      );
  });
  return notes;
}
