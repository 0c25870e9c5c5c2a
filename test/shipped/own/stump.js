import { MillraceError } from 'millrace';
import { modelOf } from './stump-onnx.js';

const refuse = (code, message) => {
  throw new MillraceError({ code, message, todo: 'Correct it.', owner: 'data' });
};

/** One question to one number: below a border one answer, else another. Missing is not below. */
export const stump = {
  tasks: ['regression'],
  async fit(input) {
    checked(input);
    const { columns, target, train, validation, weights, signal, onProgress } = input;
    signal?.throwIfAborted();
    const weightOf = (row) => weights?.[row] ?? 1;
    const meanOf = (fits) => {
      let [sum, whole] = [0, 0];
      for (let row = train.from; row < train.to; row++)
        if (fits(row)) {
          sum += weightOf(row) * target[row];
          whole += weightOf(row);
        }
      return { mean: whole === 0 ? 0 : sum / whole, gain: whole === 0 ? 0 : sum ** 2 / whole };
    };
    const blind = meanOf(() => true);
    const numbers = columns.filter(({ type }) => type === 'number');
    let best = {
      name: numbers[0]?.name,
      border: 0,
      below: blind.mean,
      other: blind.mean,
      gain: blind.gain + 1e-9,
    };
    let learnt = false;
    for (const { name, values } of numbers)
      for (const border of new Set(values.subarray(train.from, train.to).map(Math.fround))) {
        if (Number.isNaN(border)) continue;
        const isBelow = (row) => Math.fround(values[row]) < border;
        const [below, other] = [meanOf(isBelow), meanOf((row) => !isBelow(row))];
        const gain = below.gain + other.gain;
        if (gain <= best.gain) continue;
        best = { name, border, below: below.mean, other: other.mean, gain };
        learnt = true;
      }
    const predict = (asked) => {
      for (const { name, type } of columns) {
        const found = asked.find((one) => one.name === name);
        if (!found) refuse('MILL_TRAIN_COLUMN_MISSING', `There is no ${name}.`);
        if (found.type !== type) refuse('MILL_TRAIN_COLUMN_KIND', `${name} is a ${found.type}.`);
      }
      const [first] = asked;
      const rows = first.type === 'number' ? first.values.length : first.codes.length;
      const values = asked.find(({ name }) => name === best.name)?.values;
      return Float64Array.from({ length: rows }, (_, row) =>
        values && Math.fround(values[row]) < best.border ? best.below : best.other,
      );
    };
    const answers = predict(columns);
    const lossOf = ({ from, to }) => {
      let [sum, whole] = [0, 0];
      for (let row = from; row < to; row++) {
        sum += weightOf(row) * (answers[row] - target[row]) ** 2;
        whole += weightOf(row);
      }
      return whole === 0 ? null : sum / whole;
    };
    const [trainLoss, validationLoss] = [lossOf(train), lossOf(validation)];
    onProgress?.(1, 1, trainLoss);
    return {
      predict,
      summary: {
        rounds: 1,
        trainLoss,
        validationLoss,
        importance: Object.fromEntries(
          columns.map(({ name }) => [name, learnt && name === best.name ? 1 : 0]),
        ),
        notes: learnt ? [] : ['There is no number to ask about.'],
      },
      toOnnx: () => modelOf(columns, best),
    };
  },
};

function checked({ task, columns, target, train, validation, weights }) {
  const rows = target.length;
  if (task !== 'regression') refuse('MILL_TRAIN_TASK', `A stump does not learn ${task}.`);
  if (columns.length === 0) refuse('MILL_TRAIN_NO_COLUMNS', 'There are no columns.');
  if (new Set(columns.map(({ name }) => name)).size < columns.length)
    refuse('MILL_TRAIN_COLUMN_NAME', 'A name is there twice.');
  if (train.to <= train.from) refuse('MILL_TRAIN_NO_ROWS', 'There are no rows.');
  const fits =
    columns.every((column) => (column.values ?? column.codes).length === rows) &&
    train.to <= validation.from &&
    validation.to <= rows &&
    (weights ?? []).every((weight) => weight > 0 && Number.isFinite(weight));
  if (!fits) refuse('MILL_TRAIN_INPUT_INVALID', 'Rows, parts or weights do not fit.');
  if (!target.every(Number.isFinite)) refuse('MILL_TRAIN_TARGET_INVALID', 'A target is no number.');
}
