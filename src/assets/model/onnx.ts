import { InferenceSession, Tensor } from 'onnxruntime-node';
import { bug, MillraceError, messageOf } from '../../base/index.ts';
import type { ColumnData } from '../../engine/index.ts';
import type { InputSignature } from './matrix.ts';
import { inputNumber } from './matrix.ts';
import type { OnnxBinding, OnnxFeed } from './onnx-file/bind.ts';
import type { InputRow, Scorer } from './scorer.port.ts';
import type { Task } from './spec.ts';

// From 1.30 on the Linux builds tell Microsoft about each session (mobile.events.data.microsoft.com) unless this is set before the first
// one. Nothing leaves a project unasked; whoever wants it can set it to something else.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

/** What an ONNX file is asked with, and what it is to tell. */
export interface Asking {
  readonly inputs: readonly InputSignature[];
  readonly task: Task;
  /** How many there are, where there are several. */
  readonly classes?: number;
  /** How it is asked. Default: as trainers here make files (Fitted.toOnnx). */
  readonly binding?: OnnxBinding;
  /** For each run. Default 1: rows are few and requests many. */
  readonly threads?: number;
}

/** Rows that the runtime is given at a time: enough that a call costs nothing beside them, few enough that what lies in between stays in the caches. */
const ROWS_AT_ONCE = 8_192;

/**
 * Loads an ONNX file.
 * @throws MILL_ONNX_FILE where it cannot be loaded; when asked, MILL_ONNX_OUTPUT for an answer of another width than was asked for, or not for each row,
 * and MILL_MODEL_ANSWERS where the model fails
 */
export async function openOnnx(
  bytes: Uint8Array,
  { inputs, task, classes = 1, binding, threads = 1 }: Asking,
): Promise<Scorer> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // What fails is thrown: the runtime need not write it to the terminal as well.
    logSeverityLevel: 4,
    // Threads that wait by spinning take the cores from whoever works there: on two busy ones 100,000 rows took 2.4 to 5.5 s, and 1.3 s so.
    ...(threads > 1 ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
  }).catch((error: unknown) => {
    throw unusable(error);
  });
  const feeds = binding?.feeds ?? inputs.map(ownFeed);
  const output =
    binding?.output ?? (session.outputNames.includes('probabilities') ? 'probabilities' : 'value');
  /** Writes what the runtime gives for some rows into `into`, from the place of the first on. */
  const run = async (
    given: Record<string, Tensor>,
    rows: number,
    into: Float64Array,
    first: number,
  ): Promise<void> => {
    const answers = await session.run(given, [output]).catch((error: unknown) => {
      throw failed(error);
    });
    const found = answers[output] as Tensor;
    const data = found.data as Float32Array | Float64Array;
    const width = data.length / rows;
    if (!Number.isInteger(width)) throw otherRows(output, data.length, rows);
    // Of two probabilities the second, that of true, says both.
    if (task === 'binary' && width === 2)
      for (let i = 0; i < rows; i++) into[first + i] = data[2 * i + 1] as number;
    else if (width !== classes) throw otherWidth(output, width, task, classes);
    else into.set(data, first * classes);
  };
  return {
    width: classes,
    async score(rows) {
      const scores = new Float64Array(rows.length * classes);
      if (rows.length === 0) return scores;
      await run(
        Object.fromEntries(feeds.map((feed) => [feed.input, tensorOf(feed, rows)])),
        rows.length,
        scores,
        0,
      );
      return scores;
    },
    async scoreColumns(columns) {
      const byName = new Map(columns.map((column) => [column.name, column]));
      const asked = feeds.map((feed) => ({ feed, columns: feed.columns.map((name) => named(byName, name)) }));
      const n = columns[0]?.values.length ?? 0;
      const scores = new Float64Array(n * classes);
      for (let from = 0; from < n; from += ROWS_AT_ONCE) {
        const to = Math.min(n, from + ROWS_AT_ONCE);
        const given = asked.map(({ feed, columns }) => [
          feed.input,
          tensorOfColumns(feed, columns, from, to),
        ]);
        await run(Object.fromEntries(given), to - from, scores, from);
      }
      return scores;
    },
    close: () => session.release(),
  };
}

function named(columns: ReadonlyMap<string, ColumnData>, name: string): ColumnData {
  const column = columns.get(name);
  if (column === undefined) throw bug(`A model was asked without its input '${name}'.`);
  return column;
}

const ownFeed = ({ name, type }: InputSignature): OnnxFeed => ({
  input: name,
  element: type === 'category' ? 'string' : 'float',
  columns: [name],
});

function tensorOf({ element, columns, input, flat }: OnnxFeed, rows: readonly InputRow[]): Tensor {
  const shape = flat ? [rows.length] : [rows.length, columns.length];
  if (element === 'string') {
    const texts = rows.map((row) => String(row[columns[0] ?? input] ?? ''));
    return new Tensor('string', texts, shape);
  }
  const values = new (element === 'double' ? Float64Array : Float32Array)(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((name, j) => {
      const value = inputNumber(row[name]);
      // A double model too sees what every other model sees: numbers as 32 bits.
      values[i * columns.length + j] = element === 'double' ? Math.fround(value) : value;
    });
  });
  return new Tensor(element === 'double' ? 'float64' : 'float32', values, shape);
}

/** The same of rows [from, to) of columns. */
function tensorOfColumns(
  { element, flat }: OnnxFeed,
  columns: readonly ColumnData[],
  from: number,
  to: number,
): Tensor {
  const rows = to - from;
  const shape = flat ? [rows] : [rows, columns.length];
  if (element === 'string') {
    const { values } = columns[0] as ColumnData;
    const cells = values.slice(from, to) as ArrayLike<string | number | null>;
    return new Tensor(
      'string',
      Array.from(cells, (value) => String(value ?? '')),
      shape,
    );
  }
  const numbers = new (element === 'double' ? Float64Array : Float32Array)(rows * columns.length);
  columns.forEach(({ type, values }, j) => {
    // Instants are seconds.
    const by = type === 'timestamp' ? 1e6 : 1;
    for (let i = 0; i < rows; i++) {
      const cell = values[from + i] as string | number | null;
      const value = typeof cell === 'number' ? cell / by : inputNumber(cell);
      numbers[i * columns.length + j] = element === 'double' ? Math.fround(value) : value;
    }
  });
  return new Tensor(element === 'double' ? 'float64' : 'float32', numbers, shape);
}

function unusable(error: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_ONNX_FILE',
      message: `ONNX Runtime cannot load the model: ${messageOf(error).replace(/\.$/, '')}.`,
      todo: 'Export it with operators and an opset that ONNX Runtime 1.30 knows, without operators of your own.',
      owner: 'project',
    },
    { cause: error },
  );
}

function failed(error: unknown): MillraceError {
  // Where it stands in the runtime's own source says nothing to anybody.
  const words = messageOf(error)
    .replace(/ Name:'.*?' Status Message: /, ' ')
    .replace(/\/\S+\.(cc|h):\d+ /, '')
    .trim();
  return new MillraceError(
    {
      code: 'MILL_MODEL_ANSWERS',
      message: `The model fails when it is asked: ${words.slice(0, 500).replace(/\.$/, '')}.`,
      todo: 'Ask the file with such rows where it was made, and export one that answers any number of rows, also with missing inputs.',
      owner: 'project',
    },
    { cause: error },
  );
}

function otherRows(output: string, answers: number, rows: number): MillraceError {
  return new MillraceError({
    code: 'MILL_ONNX_OUTPUT',
    message: `To ${rows} rows the output '${output}' gives ${answers} ${answers === 1 ? 'number' : 'numbers'}; wanted an answer to each.`,
    todo: 'Export a model that answers each row by itself, or say which output is meant.',
    owner: 'project',
  });
}

function otherWidth(output: string, width: number, task: Task, classes: number): MillraceError {
  const wanted = task === 'binary' ? '1 or 2' : String(classes);
  return new MillraceError({
    code: 'MILL_ONNX_OUTPUT',
    message: `The output '${output}' gives ${width} numbers a row; wanted ${wanted}.`,
    todo:
      task === 'multiclass'
        ? 'Train it on all classes of the target, in alphabetical order.'
        : 'Export a model that gives one answer a row, or say which output is meant.',
    owner: 'project',
  });
}
