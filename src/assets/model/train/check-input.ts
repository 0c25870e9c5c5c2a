import { MillraceError, nearest, type Owner } from '../../../base/index.ts';
import { outputName } from './onnx/edges.ts';
import type { FitInput, InputColumn, RowRange } from './trainer.port.ts';

function fail(code: `MILL_TRAIN_${string}`, message: string, todo: string, owner: Owner = 'data'): never {
  throw new MillraceError({ code, message, todo, owner });
}

function checkColumns(columns: readonly InputColumn[], input: FitInput): void {
  const todo = 'Give each column a name of its own and one value for each row.';
  if (columns.length === 0)
    fail('MILL_TRAIN_NO_COLUMNS', 'There are no input columns.', 'Give the model an input.', 'project');
  const seen = new Set<string>();
  for (const column of columns) {
    const { name } = column;
    if (name === '' || seen.has(name) || name === outputName(input.task))
      fail(
        'MILL_TRAIN_COLUMN_NAME',
        `'${name}' cannot name this input column: names must not be empty, used twice or the output's own ('${outputName(input.task)}').`,
        'Rename the input.',
        'project',
      );
    seen.add(name);
    const values = column.type === 'number' ? column.values : column.codes;
    if (values.length !== input.target.length)
      fail(
        'MILL_TRAIN_INPUT_INVALID',
        `Column '${name}' has ${values.length} rows, the target has ${input.target.length}.`,
        todo,
      );
    checkCodes(column);
  }
}

function checkCodes(column: InputColumn): void {
  if (column.type === 'number') return;
  const { codes, categories } = column;
  for (let row = 0; row < codes.length; row++)
    if (codes[row]! < -1 || codes[row]! >= categories.length)
      fail(
        'MILL_TRAIN_INPUT_INVALID',
        `Column '${column.name}' has code ${codes[row]} at row ${row}, but ${categories.length} categories.`,
        'Use codes from 0 on, and −1 for missing.',
      );
}

function checkRange(name: string, range: RowRange, rows: number): void {
  const { from, to } = range;
  if (Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= rows) return;
  fail(
    'MILL_TRAIN_INPUT_INVALID',
    `The ${name} rows [${from}, ${to}) are not a range within ${rows} rows.`,
    'Give whole numbers with 0 <= from <= to <= rows.',
  );
}

function checkTarget(input: FitInput, range: RowRange): void {
  const { target, task } = input;
  for (let row = range.from; row < range.to; row++) {
    const y = target[row]!;
    // A model file holds 32-bit floats, so a target past their range (3.4e38) cannot be predicted either.
    if (task === 'binary' ? y === 0 || y === 1 : Number.isFinite(Math.fround(y))) continue;
    fail(
      'MILL_TRAIN_TARGET_INVALID',
      `The target is ${y} at row ${row}; wanted ${task === 'binary' ? '0 or 1' : 'a finite number within ±3.4e38'}.`,
      'Drop or mend such rows before training.',
    );
  }
}

function checkWeights({ weights, target }: FitInput): void {
  const bad = weights?.findIndex((weight) => !(weight > 0 && Number.isFinite(weight))) ?? -1;
  if (weights !== undefined && (bad >= 0 || weights.length !== target.length))
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      bad >= 0
        ? `The weight is ${weights[bad]} at row ${bad}; wanted a finite number above 0.`
        : `There are ${weights.length} weights, the target has ${target.length} rows.`,
      'Give each row one weight, or none at all.',
    );
}

/**
 * Throws when an input cannot be learnt from.
 * @throws MILL_TRAIN_NO_COLUMNS, MILL_TRAIN_COLUMN_NAME, MILL_TRAIN_INPUT_INVALID, MILL_TRAIN_NO_ROWS,
 * MILL_TRAIN_TARGET_INVALID, MILL_TRAIN_ONE_CLASS
 */
export function checkInput(input: FitInput): void {
  const { train, validation, target } = input;
  checkRange('training', train, target.length);
  checkRange('validation', validation, target.length);
  checkColumns(input.columns, input);
  if (train.from === train.to)
    fail('MILL_TRAIN_NO_ROWS', 'There are no rows to train on.', 'Widen the training period.');
  if (Math.max(train.from, validation.from) < Math.min(train.to, validation.to))
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      `Training rows [${train.from}, ${train.to}) and validation rows [${validation.from}, ${validation.to}) overlap.`,
      'Keep them apart: what is learnt from cannot judge.',
    );
  checkWeights(input);
  checkTarget(input, train);
  checkTarget(input, validation);
  if (input.task !== 'binary') return;
  const first = target[train.from]!;
  for (let row = train.from; row < train.to; row++) if (target[row] !== first) return;
  fail(
    'MILL_TRAIN_ONE_CLASS',
    `All ${train.to - train.from} training rows have the target ${first}; wanted both 0 and 1.`,
    'Widen the training period, or check how the label is made.',
  );
}

/**
 * The columns to predict from, in the order of training.
 * @throws MILL_TRAIN_COLUMN_MISSING, MILL_TRAIN_COLUMN_KIND, MILL_TRAIN_INPUT_INVALID
 */
export function columnsInOrder(
  wanted: readonly { readonly name: string; readonly type: InputColumn['type'] }[],
  columns: readonly InputColumn[],
): { readonly columns: readonly InputColumn[]; readonly rows: number } {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const ordered = wanted.map(({ name, type }) => {
    const column = byName.get(name);
    if (!column) {
      const near = nearest(name, byName.keys());
      return fail(
        'MILL_TRAIN_COLUMN_MISSING',
        `The model's input '${name}' is not among the ${columns.length} columns given${near ? ` (there is '${near}')` : ''}.`,
        'Give every column that the model was trained on.',
        'project',
      );
    }
    if (column.type !== type)
      fail(
        'MILL_TRAIN_COLUMN_KIND',
        `The model's input '${name}' is a ${type}, but a ${column.type} was given.`,
        'Give the same kind of column as in training.',
        'project',
      );
    checkCodes(column);
    return column;
  });
  const lengths = ordered.map((column) => (column.type === 'number' ? column.values : column.codes).length);
  const rows = lengths[0] ?? 0;
  if (lengths.some((length) => length !== rows))
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      `The columns have ${lengths.join(', ')} rows.`,
      'Give columns of one length.',
    );
  return { columns: ordered, rows };
}

/**
 * A trainer's parameter, checked.
 * @throws MILL_TRAIN_OPTION_INVALID
 */
export function checkOption(
  name: string,
  value: number,
  wanted: { readonly least: number; readonly most: number; readonly whole?: true; readonly above?: true },
): number {
  const { least, most, whole, above } = wanted;
  const fits = value >= least && value <= most && !(above && value === least);
  if (fits && (!whole || Number.isInteger(value))) return value;
  return fail(
    'MILL_TRAIN_OPTION_INVALID',
    `'${name}' is ${value}; wanted a ${whole ? 'whole ' : ''}number ${above ? 'above' : 'from'} ${least} ${above ? 'and at most' : 'to'} ${most}.`,
    'Change the option of the trainer.',
    'project',
  );
}
