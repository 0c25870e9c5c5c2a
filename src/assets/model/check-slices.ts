import { nearest } from '../../base/index.ts';
import type { InputSignature } from './matrix.ts';
import type { ModelBody } from './spec.ts';

type Found = (message: string, todo: string) => void;

/** Declared slices are of inputs that there are, in their own type. */
export function checkSlices({ slices }: ModelBody, inputs: readonly InputSignature[], found: Found): void {
  if (slices === undefined) return;
  for (const { name, where } of slices) {
    if (where.length === 0) found(`The slice '${name}' says nothing of its rows.`, 'Give it an input.');
    for (const term of where) {
      const input = inputs.find((one) => one.name === term.column);
      if (input === undefined) {
        const near = nearest(
          term.column,
          inputs.map((one) => one.name),
        );
        found(
          `The slice '${name}' is of '${term.column}', which is no input${near ? `; there is '${near}'` : ''}.`,
          'Name an input of the model.',
        );
      } else if (Object.keys(term).length === 1)
        found(
          `The slice '${name}' says nothing of ${term.column}.`,
          `Write ${term.column}: ${input.type === 'category' ? "['…']" : '{ from: 0, to: 1 }'}.`,
        );
      else if (!('missing' in term) && (input.type === 'category') !== 'is' in term)
        found(
          `The slice '${name}' takes ${term.column} as ${'is' in term ? 'text' : 'a number'}, but it is ${input.type === 'category' ? 'text' : 'a number'}.`,
          input.type === 'category'
            ? `Write ${term.column}: ['…'].`
            : `Write ${term.column}: { from: 0, to: 1 }.`,
        );
      else if (!('missing' in term) && !('is' in term) && !((term.from ?? -Infinity) < (term.to ?? Infinity)))
        found(
          `The slice '${name}' is empty: ${term.column} from ${term.from} to ${term.to}.`,
          'Give from below to.',
        );
    }
  }
}
