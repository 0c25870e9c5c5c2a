import { nearest, type Problem, said } from '../../../base/index.ts';
import type { InputSignature } from '../matrix.ts';
import { type Task, tellsProbabilities } from '../spec.ts';
import { checkOptionNames, failOption } from '../train/check-options.ts';
import type { OnnxSignature, OnnxValue } from './signature.ts';

/** A tensor of an ONNX file and what is put into it. Numbers are `float` or `double`; texts are put in as they are, '' where there is none. */
export type OnnxFeed = {
  readonly input: string;
  readonly element: 'float' | 'double' | 'string';
  /** The inputs it takes, side by side; one where the file names them apart. */
  readonly columns: readonly string[];
  /** Whether it is [n], and not [n, columns]. */
  readonly flat?: true;
};

/** How a file that was made elsewhere is asked. */
export type OnnxBinding = { readonly feeds: readonly OnnxFeed[]; readonly output: string };

/** What is asked of a file: to tell this, from these. */
export interface OnnxQuestion {
  readonly task: Task;
  readonly inputs: readonly InputSignature[];
  /** How many there are, of `multiclass`, where it is known. */
  readonly classes?: number;
}

/** What is said about a file beside its bytes. */
export type OnnxOptions = {
  /** The file's input of each feature, where the names differ; or the features of its one matrix, in their order. */
  readonly inputs?: Readonly<Record<string, string>> | readonly string[];
  /** The output to take. Default: the one that can be meant. */
  readonly output?: string;
};

/**
 * Throws when there are other options than these and `more`, or one of another type: types are not there when a project runs.
 * @throws MILL_TRAIN_OPTION_INVALID
 */
export function checkOnnxOptions(options: OnnxOptions, more: readonly string[]): void {
  const { inputs, output } = options;
  checkOptionNames(options, [...more, 'inputs', 'output']);
  if (output !== undefined && typeof output !== 'string')
    failOption(`'output' is ${said(output)}; wanted the name of an output of the file.`);
  const names = typeof inputs === 'object' && inputs !== null ? Object.values(inputs) : [inputs];
  if (inputs !== undefined && !names.every((name) => typeof name === 'string'))
    failOption(
      `'inputs' is ${said(inputs)}; wanted the file's input by feature, or a list of features.`,
      "Write { amount: 'x0' }, or ['amount', 'country'].",
    );
}

type Told = Pick<Problem, 'code' | 'message' | 'todo'>;

/** Names by which exporters call what is wanted, the likelier first: skl2onnx, LightGBM and XGBoost by onnxmltools, our own, Keras and PyTorch by habit. */
const PROBABILITIES = ['probabilities', 'output_probability', 'probability', 'probs', 'proba', 'output'];
const VALUES = ['variable', 'value', 'predictions', 'prediction', 'output'];

/** Lays a file's inputs and outputs beside what is asked. `file` is how it is called in messages. Pure. */
export function bindOnnx(
  file: string,
  { inputs, outputs }: OnnxSignature,
  question: OnnxQuestion,
  options: OnnxOptions = {},
): { binding: OnnxBinding; problems: readonly Told[] } {
  const problems: Told[] = [];
  const told = (code: Told['code'], message: string, todo: string): void => {
    problems.push({ code, message, todo });
  };
  const asked = { file, question, told };
  const [first] = inputs;
  const matrix =
    inputs.length === 1 && first !== undefined && (Array.isArray(options.inputs) || isMatrix(first, asked));
  const feeds = matrix
    ? [matrixFeed(first, asked, options.inputs)]
    : inputs.map((input) => columnFeed(input, asked, options.inputs));
  if (inputs.length === 0) told('MILL_ONNX_INPUTS', `${file} has no inputs.`, EXPORT_AGAIN);
  if (!matrix && Array.isArray(options.inputs))
    told(
      'MILL_ONNX_INPUTS',
      `'inputs' lists the columns of one matrix, and ${file} has ${inputs.length} inputs: ${namesOf(inputs)}.`,
      'Give an object of feature names and input names, or leave it out.',
    );
  const output = outputOf(outputs, asked, options.output);
  return { binding: { feeds: feeds.filter((feed) => feed !== undefined), output }, problems };
}

const EXPORT_AGAIN = 'Export the model again with the features as inputs.';

interface Asked {
  readonly file: string;
  readonly question: OnnxQuestion;
  readonly told: (code: Told['code'], message: string, todo: string) => void;
}

const namesOf = (values: readonly { readonly name: string }[]): string =>
  values.map(({ name }) => `'${name}'`).join(', ');

const sizesOf = (shape: readonly (number | null)[]): string =>
  `[${shape.map((size) => size ?? 'n').join(', ')}]`;

/** One input that is no feature's own takes them all. */
function isMatrix(input: OnnxValue, { question }: Asked): boolean {
  if (input.kind !== 'tensor' || input.shape.length !== 2) return false;
  const width = input.shape[1];
  return !(question.inputs.some(({ name }) => name === input.name) && (width === 1 || width === null));
}

function matrixFeed(input: OnnxValue, asked: Asked, order: OnnxOptions['inputs']): OnnxFeed | undefined {
  const { file, question, told } = asked;
  const element = elementOf(input, asked, 'number');
  if (element === undefined || input.kind !== 'tensor') return undefined;
  const known = new Map(question.inputs.map((column) => [column.name, column]));
  const listed = Array.isArray(order) ? (order as readonly string[]) : undefined;
  for (const name of listed ?? []) if (!known.has(name)) toldUnknown(name, asked, `'inputs' lists '${name}'`);
  const texts = question.inputs.filter(
    ({ name, type }) => type === 'category' && (listed === undefined || listed.includes(name)),
  );
  if (texts.length > 0)
    told(
      'MILL_ONNX_INPUTS',
      `${file} takes one matrix of numbers, '${input.name}', and ${namesOf(texts)} ${texts.length === 1 ? 'is' : 'are'} text.`,
      'Export it with one input for each column (skl2onnx: `initial_types=[(name, FloatTensorType([None, 1])), (name, StringTensorType([None, 1])), …]`, with the encoding of texts within the pipeline), or list the features it takes: `inputs: [...]`.',
    );
  const columns = listed ?? question.inputs.map(({ name }) => name);
  const width = input.shape[1] ?? null;
  if (width !== null && width !== columns.length)
    told(
      'MILL_ONNX_INPUTS',
      `${file} takes a matrix of ${width} columns, '${input.name}'; the model has ${columns.length}: ${columns.map((name) => `'${name}'`).join(', ')}.`,
      listed === undefined
        ? 'Export it from the same features in the same order, or list those it takes: `inputs: [...]`.'
        : 'List as many features as it takes, in its order.',
    );
  return { input: input.name, element, columns };
}

function columnFeed(input: OnnxValue, asked: Asked, renamed: OnnxOptions['inputs']): OnnxFeed | undefined {
  const { file, question, told } = asked;
  const names = Array.isArray(renamed) ? {} : ((renamed ?? {}) as Readonly<Record<string, string>>);
  for (const name of Object.keys(names).filter((key) => names[key] === input.name))
    if (!question.inputs.some((column) => column.name === name))
      toldUnknown(name, asked, `'inputs' names '${name}'`);
  const given = Object.keys(names).find((key) => names[key] === input.name) ?? input.name;
  const column = question.inputs.find(({ name }) => name === given);
  if (column === undefined) {
    toldUnknown(given, asked, `${file} wants an input '${input.name}'`);
    return undefined;
  }
  const element = elementOf(input, asked, column.type);
  if (element === undefined || input.kind !== 'tensor') return undefined;
  const [, width] = input.shape;
  if (input.shape.length > 2 || (input.shape.length === 2 && width !== 1 && width !== null)) {
    told(
      'MILL_ONNX_INPUTS',
      `The input '${input.name}' of ${file} is ${sizesOf(input.shape)}; wanted [n, 1].`,
      EXPORT_AGAIN,
    );
    return undefined;
  }
  const flat = input.shape.length === 1 ? ({ flat: true } as const) : {};
  return { input: input.name, element, columns: [column.name], ...flat };
}

function toldUnknown(name: string, { question, told }: Asked, said: string): void {
  const near = nearest(
    name,
    question.inputs.map((column) => column.name),
  );
  told(
    'MILL_ONNX_INPUTS',
    `${said}, which is no feature of this model; there are ${namesOf(question.inputs)}.`,
    near === undefined
      ? "Name the features as in the file, say which is which with `inputs: { feature: 'input' }`, or export it again."
      : `Is '${near}' meant? Rename it, or say so: \`inputs: { ${near}: '${name}' }\`.`,
  );
}

function elementOf(
  input: OnnxValue,
  { file, told }: Asked,
  wanted: InputSignature['type'],
): OnnxFeed['element'] | undefined {
  const found = input.kind === 'tensor' ? input.element : input.kind;
  const fits = wanted === 'category' ? found === 'string' : found === 'float' || found === 'double';
  if (input.kind === 'tensor' && typeof input.shape[0] === 'number') {
    told(
      'MILL_ONNX_INPUTS',
      `The input '${input.name}' of ${file} is ${sizesOf(input.shape)}: it takes exactly ${input.shape[0]} ${input.shape[0] === 1 ? 'row' : 'rows'} at a time.`,
      'Export it with any number of rows: skl2onnx `FloatTensorType([None, 1])`, torch.onnx.export `dynamic_shapes=({0: torch.export.Dim("n")},)`.',
    );
    return undefined;
  }
  if (fits) return found as OnnxFeed['element'];
  told(
    'MILL_ONNX_INPUTS',
    `The input '${input.name}' of ${file} is ${found}; wanted ${wanted === 'category' ? 'string, for a text' : 'float or double, for a number that may be missing (NaN)'}.`,
    wanted === 'category'
      ? 'Export it with StringTensorType([None, 1]), the encoding of texts within the pipeline.'
      : 'Export it with FloatTensorType([None, 1]).',
  );
  return undefined;
}

function outputOf(outputs: readonly OnnxValue[], { file, question, told }: Asked, wanted?: string): string {
  const { task, classes } = question;
  const telling = tellsProbabilities(task);
  const isWanted = ({ name }: OnnxValue): boolean => name === wanted;
  const numbers = outputs.filter(
    (value) => value.kind === 'tensor' && (value.element === 'float' || value.element === 'double'),
  );
  const maps = outputs.filter(
    ({ kind, name }) => kind === 'sequence' && (wanted === undefined || name === wanted),
  );
  if (wanted !== undefined && !outputs.some(isWanted)) {
    const near = nearest(
      wanted,
      outputs.map(({ name }) => name),
    );
    told(
      'MILL_ONNX_OUTPUT',
      `${file} has no output '${wanted}'; it has ${namesOf(outputs)}.`,
      near === undefined ? "Name one of them with `output: '…'`." : `Is '${near}' meant?`,
    );
    return wanted;
  }
  if (maps.length > 0 && !numbers.some((value) => wanted === undefined || isWanted(value))) {
    told(
      'MILL_ONNX_OUTPUT',
      `The output ${namesOf(maps)} of ${file} is a list of dictionaries (ZipMap), which the JavaScript runtime cannot read.`,
      "Export it as a matrix: `to_onnx(model, X[:1], options={'zipmap': False})`; for a pipeline `convert_sklearn(model, initial_types=…, options={id(model): {'zipmap': False}})`.",
    );
    return maps[0]?.name ?? '';
  }
  const likely = telling ? PROBABILITIES : VALUES;
  const found =
    wanted !== undefined
      ? numbers.find(isWanted)
      : (likely.flatMap((name) => numbers.find((value) => value.name === name) ?? [])[0] ??
        (numbers.length === 1 ? numbers[0] : undefined));
  const what = telling ? 'probabilities' : 'values';
  if (found === undefined || found.kind !== 'tensor') {
    told(
      'MILL_ONNX_OUTPUT',
      `Of the outputs of ${file} (${outputs.map((value) => `'${value.name}' ${value.kind === 'tensor' ? value.element : value.kind}`).join(', ')}) ${numbers.length > 1 ? 'several' : 'none'} can be the ${what}, a tensor of floats.`,
      numbers.length > 1
        ? "Say which with `output: '…'`."
        : telling
          ? 'Export a model that gives probabilities, not only the class.'
          : 'Export a model that gives its value as floats.',
    );
    return wanted ?? '';
  }
  const width = found.shape.length >= 2 ? found.shape[1] : undefined;
  const widths = task === 'binary' ? [1, 2] : task === 'multiclass' ? (classes ? [classes] : undefined) : [1];
  const tooDeep = found.shape.length > 2;
  if (tooDeep || (typeof width === 'number' && widths !== undefined && !widths.includes(width)))
    told(
      'MILL_ONNX_OUTPUT',
      `The output '${found.name}' of ${file} is ${sizesOf(found.shape)}; wanted ${(widths ?? ['classes']).map((size) => `[n, ${size}]`).join(' or ')}.`,
      task === 'multiclass'
        ? 'Train it on all classes of the target, in alphabetical order.'
        : telling
          ? 'Export a model that gives the probability of true, or those of false and true.'
          : 'Export a model that gives one value a row.',
    );
  return found.name;
}
