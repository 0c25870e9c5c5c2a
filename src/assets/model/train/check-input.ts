import { MillraceError, nearest, type Owner, withArticle } from '../../../base/index.ts';
import { outputName } from './onnx/edges.ts';
import type { FitInput, InputColumn, RowRange, Task } from './trainer.port.ts';

/** The gain of a grade is 2^grade − 1; more than 30 would drown every other. */
const HIGHEST_GRADE = 30;

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

/** By task: which targets can be learnt, and how that is said. */
function wantedTarget({ task, classes = [] }: FitInput): [fits: (y: number) => boolean, wanted: string] {
  switch (task) {
    case 'binary':
      return [(y) => y === 0 || y === 1, '0 or 1'];
    case 'multiclass':
      return [
        (y) => Number.isInteger(y) && y >= 0 && y < classes.length,
        `a whole number from 0 to ${classes.length - 1}`,
      ];
    case 'regression':
      // A model file holds 32-bit floats, so a target past their range (3.4e38) cannot be predicted either.
      return [(y) => Number.isFinite(Math.fround(y)), 'a finite number within ±3.4e38'];
    case 'ranking':
      return [(y) => y >= 0 && y <= HIGHEST_GRADE, `a grade from 0 to ${HIGHEST_GRADE}`];
  }
}

function checkTarget(input: FitInput, range: RowRange): void {
  const { target } = input;
  const [fits, wanted] = wantedTarget(input);
  for (let row = range.from; row < range.to; row++)
    if (!fits(target[row]!))
      fail(
        'MILL_TRAIN_TARGET_INVALID',
        `The target is ${target[row]} at row ${row}; wanted ${wanted}.`,
        'Drop or mend such rows before training.',
      );
}

function checkClasses({ task, classes }: FitInput): void {
  if ((task === 'multiclass') !== (classes !== undefined))
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      `There are ${classes === undefined ? 'no ' : ''}classes for a task that is ${task}.`,
      'Give the names of the classes for several classes, and only then.',
    );
  if (classes === undefined) return;
  if (classes.length < 2)
    fail(
      'MILL_TRAIN_ONE_CLASS',
      `There ${classes.length === 1 ? 'is 1 class' : `are ${classes.length} classes`}; wanted at least two.`,
      'Widen the training period, or check how the label is made.',
    );
  if (new Set(classes).size < classes.length)
    fail('MILL_TRAIN_INPUT_INVALID', 'Two classes have one name.', 'Give each class a name of its own.');
}

/** Rows of one group must follow each other: what is ranked is a stretch of rows. */
function checkGroups({ task, groups, target, train, validation }: FitInput): void {
  if ((task === 'ranking') !== (groups !== undefined))
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      `There are ${groups === undefined ? 'no ' : ''}groups for a task that is ${task}.`,
      'Give each row its group for ranking, and only then.',
    );
  if (groups === undefined) return;
  if (groups.length !== target.length)
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      `There are ${groups.length} groups, the target has ${target.length} rows.`,
      'Give each row its group.',
    );
  for (const range of [train, validation]) checkGroupsFollow(groups, range);
}

function checkGroupsFollow(groups: Int32Array, { from, to }: RowRange): void {
  const seen = new Set<number>();
  for (let row = from; row < to; row++) {
    const group = groups[row]!;
    if (row > from && group === groups[row - 1]) continue;
    if (seen.has(group))
      fail(
        'MILL_TRAIN_INPUT_INVALID',
        `Group ${group} begins again at row ${row}.`,
        'Put rows of one group next to each other.',
      );
    seen.add(group);
  }
}

/** Whether some group of the training rows has two rows that differ in grade. */
function hasOrder({ groups, target, train }: FitInput): boolean {
  for (let row = train.from + 1; row < train.to; row++)
    if (groups![row] === groups![row - 1] && target[row] !== target[row - 1]) return true;
  return false;
}

/** With targets up to 3.4e38, squares of what is heavier would not be finite. */
export const HEAVIEST = 1e100;
/** Of what is lighter, products of three would be 0, and shares of them no number. Trainers bear it, judging does not. */
export const LIGHTEST = 1e-100;

function checkWeights({ weights, target }: FitInput): void {
  const bad = weights?.findIndex((weight) => !(weight > 0 && weight <= HEAVIEST)) ?? -1;
  if (weights !== undefined && (bad >= 0 || weights.length !== target.length))
    fail(
      'MILL_TRAIN_INPUT_INVALID',
      bad >= 0
        ? `The weight is ${weights[bad]} at row ${bad}; wanted a number above 0, at most ${HEAVIEST}.`
        : `There are ${weights.length} weights, the target has ${target.length} rows.`,
      'Give each row one weight, or none at all.',
    );
}

/**
 * Throws when an input cannot be learnt from, or not by a trainer of these tasks. `oneClass`: where all training rows may have one target.
 * @throws MILL_TRAIN_TASK, MILL_TRAIN_NO_COLUMNS, MILL_TRAIN_COLUMN_NAME, MILL_TRAIN_INPUT_INVALID, MILL_TRAIN_NO_ROWS,
 * MILL_TRAIN_TARGET_INVALID, MILL_TRAIN_ONE_CLASS
 */
export function checkInput(input: FitInput, tasks: readonly Task[], oneClass?: 'suffices'): void {
  const { train, validation, target } = input;
  checkTask(input.task, tasks);
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
  checkClasses(input);
  checkGroups(input);
  checkWeights(input);
  checkTarget(input, train);
  checkTarget(input, validation);
  if (oneClass === 'suffices') return;
  if (input.task === 'ranking' && !hasOrder(input))
    fail(
      'MILL_TRAIN_ONE_CLASS',
      'In no group of the training rows do two rows differ in grade; wanted an order to learn.',
      'Widen the training period, or check how the grade is made.',
    );
  if (input.task !== 'binary' && input.task !== 'multiclass') return;
  const first = target[train.from]!;
  for (let row = train.from; row < train.to; row++) if (target[row] !== first) return;
  fail(
    'MILL_TRAIN_ONE_CLASS',
    `All ${train.to - train.from} training rows have the target ${input.classes?.[first] ?? first}; wanted ${input.task === 'binary' ? 'both 0 and 1' : 'at least two classes'}.`,
    'Widen the training period, or check how the label is made.',
  );
}

/**
 * @throws MILL_TRAIN_TASK when a trainer cannot learn a task
 */
export function checkTask(task: Task, tasks: readonly Task[]): void {
  if (tasks.includes(task)) return;
  fail(
    'MILL_TRAIN_TASK',
    `This trainer does not learn ${SAID[task]}; it learns ${tasks.map((known) => SAID[known]).join(', ')}.`,
    'Choose another trainer, or another target.',
    'project',
  );
}

/** What is learnt, in words. */
const SAID: Readonly<Record<Task, string>> = {
  binary: 'a target that is true or false',
  multiclass: 'a target of several classes',
  regression: 'a target that is a number',
  ranking: 'an order within groups',
};

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
        `The model's input '${name}' is ${withArticle(type)}, but ${withArticle(column.type)} was given.`,
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
 * Throws when a target that is to be learnt as a count or rate is below 0.
 * @throws MILL_TRAIN_TARGET_INVALID
 */
export function checkNotNegative({ target, train, validation }: FitInput): void {
  for (const { from, to } of [train, validation])
    for (let row = from; row < to; row++)
      if (target[row]! < 0)
        fail(
          'MILL_TRAIN_TARGET_INVALID',
          `The target is ${target[row]} at row ${row}; wanted a count or rate from 0 on.`,
          'Drop or mend such rows before training, or choose another objective.',
        );
}
