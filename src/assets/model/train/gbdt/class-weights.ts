import { MillraceError, nearest } from '../../../../base/index.ts';
import type { FitInput } from '../trainer.port.ts';
import type { GbdtParameters } from './options.ts';

function fail(message: string, todo: string): never {
  throw new MillraceError({ code: 'MILL_TRAIN_OPTION_INVALID', message, todo, owner: 'project' });
}

const YES_OR_NO: readonly string[] = ['false', 'true'];

/** @throws MILL_TRAIN_OPTION_INVALID when there is no class of such a name */
export function checkClassNames(wanted: GbdtParameters['classWeights'], classes = YES_OR_NO): void {
  if (wanted === undefined || wanted === 'balanced') return;
  for (const name of Object.keys(wanted)) {
    if (classes.includes(name)) continue;
    const near = nearest(name, classes);
    fail(
      `'classWeights' has '${name}', which is none of the ${classes.length} classes${near ? ` (there is '${near}')` : ''}.`,
      'Name classes as the label does; a label that is true or false has the classes true and false.',
    );
  }
}

/**
 * The weights of rows, each multiplied by that of its class, in training and validation alike. `balanced`: in the training rows every class that is
 * there weighs as much as any other, and all together as much as before (scikit-learn's n / (classes · n of the class)).
 * @throws MILL_TRAIN_OPTION_INVALID when there is no class of such a name
 */
export function weighClasses(input: FitInput, wanted: GbdtParameters['classWeights']): FitInput['weights'] {
  if (wanted === undefined) return input.weights;
  const { task, target, weights } = input;
  const classes = task === 'multiclass' ? input.classes! : YES_OR_NO;
  const byClass =
    wanted === 'balanced'
      ? balanced(input, classes.length)
      : classes.map((name) => (Object.hasOwn(wanted, name) ? wanted[name]! : 1));
  checkClassNames(wanted, classes);
  return target.map((y, row) => (byClass[y] ?? 1) * (weights === undefined ? 1 : weights[row]!));
}

function balanced({ target, weights, train }: FitInput, classes: number): number[] {
  const sums = new Float64Array(classes);
  let whole = 0;
  for (let row = train.from; row < train.to; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    sums[target[row]!]! += weight;
    whole += weight;
  }
  const present = sums.filter((sum) => sum > 0).length;
  return Array.from(sums, (sum) => (sum > 0 ? whole / (present * sum) : 1));
}
