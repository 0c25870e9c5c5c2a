import { MillraceError } from '../../../base/index.ts';
import type { BuildContext } from '../../../graph/index.ts';
import type { ModelFile, VersionSummary } from '../detail.ts';
import type { Labelled } from '../labelled.ts';
import { openModel } from '../open-model.ts';
import type { InputRow } from '../scorer.port.ts';
import type { ModelBody } from '../spec.ts';
import type { FitInput, InputColumn, RowRange } from '../train/index.ts';
import { refuseMoved } from './arrivals.ts';
import type { Brought, Outside, OutsideTrainer, Question, Room } from './outside.port.ts';
import { inRoom, type Layout, type Surroundings } from './room.ts';
import { TRIED, tryAside } from './trial.ts';

/** A model from outside, as the build takes what trainers here give. */
export interface FittedOutside {
  /** What answers. */
  readonly file: ModelFile;
  /** The answers of that very file. */
  predict(columns: readonly InputColumn[]): Promise<Float64Array>;
  readonly summary: VersionSummary;
  /** Answers that it gave where it was trained, to compare with: at their rows among the labelled ones. */
  readonly answers?: { readonly predicted: Float64Array; readonly range: RowRange };
  /** Packages that it was trained with, `name==version` each. */
  readonly packages?: readonly string[];
  /** For the version to remember. */
  readonly remembered: {
    readonly outside: Outside['parts'];
    readonly stoodOn: Brought['stoodOn'];
    readonly brought: Pick<Brought, 'metrics' | 'files'>;
  };
}

/** Bringing a model, as the build asks trainers here. What is to be learnt from lies in the room, not in the question. */
export function bringing(
  trainer: OutsideTrainer,
  context: BuildContext<ModelBody>,
  layout: Layout,
): { fit(input: FitInput): Promise<FittedOutside> } {
  return { fit: () => bringModel(trainer, context, layout) };
}

/** Lets a trainer bring its model, if what it stands on is what was planned with, before and after. */
async function bringModel(
  trainer: OutsideTrainer,
  context: BuildContext<ModelBody>,
  layout: Layout,
): Promise<FittedOutside> {
  const { workspace, node, arrivals } = context;
  const outside = await trainer.look(workspace, node.name);
  refuseMoved(arrivals, outside, node.name);
  const { remembered, ...brought } = await bringFrom(trainer, context, layout);
  refuseMoved(arrivals, await trainer.look(workspace, node.name), node.name);
  return { ...brought, remembered: { outside: outside.parts, ...remembered } };
}

/** Bringing a model again, as it was brought from what its trainer stood on then. */
export function bringingAgain(
  trainer: OutsideTrainer,
  context: Surroundings,
  layout: Layout,
  then: Required<Room>['then'],
): { fit(input: FitInput): Promise<BroughtAgain> } {
  return { fit: () => bringFrom(trainer, context, layout, then) };
}

/** One that was brought without a look at what it stands on now. */
export type BroughtAgain = Omit<FittedOutside, 'remembered'> & {
  readonly remembered: Omit<FittedOutside['remembered'], 'outside'>;
};

/** Lets a trainer bring its model: from the project, or from what it stood on then. */
async function bringFrom(
  trainer: OutsideTrainer,
  context: Surroundings,
  layout: Layout,
  then?: Room['then'],
): Promise<BroughtAgain> {
  const { labelled } = layout;
  const [brought, question] = await inRoom(
    context,
    layout,
    async (room) => [await trainer.bring(room), room.question] as const,
    then,
  );
  const { file, stoodOn, metrics, files, answers, packages } = brought;
  return {
    file,
    predict: (columns) => predict(context, question, file, columns),
    // Its losses are its own affair: how good it is, is judged like that of every other.
    summary: { ...brought.summary, trainLoss: null, validationLoss: null },
    ...(answers === undefined ? {} : { answers: placed(answers, labelled) }),
    ...(packages === undefined ? {} : { packages }),
    remembered: { stoodOn, brought: { metrics, files } },
  };
}

/** Answers for the first rows of the validation part, at the place of these rows. */
function placed(answers: Float64Array, { parts, classes }: Labelled): Required<FittedOutside>['answers'] {
  const width = classes?.length ?? 1;
  const { from } = parts.validation;
  const predicted = new Float64Array(from * width + answers.length);
  predicted.set(answers, from * width);
  return { predicted, range: { from, to: from + answers.length / width } };
}

/** Rows that are asked at once: they are objects then, of a hundred bytes a cell. */
const AT_ONCE = 4_096;

async function predict(
  { workspace, signal }: Surroundings,
  question: Question,
  file: ModelFile,
  columns: readonly InputColumn[],
): Promise<Float64Array> {
  const { task, inputs, classes } = question;
  if (file.format === 'onnx') {
    const { binding } = file;
    const bytes = await workspace.blobs.get(file.blob);
    const asking = {
      task,
      inputs,
      ...(classes ? { classes: classes.length } : {}),
      ...(binding ? { binding } : {}),
    };
    await tryAside(
      { bytes, asking, rows: rowsBetween(columns, 0, Math.min(TRIED, rowsOf(columns))) },
      signal,
      {
        model: question.model,
      },
    );
  }
  const scorer = await openModel(workspace, { file, task, inputs, ...(classes ? { classes } : {}) });
  try {
    const rows = rowsOf(columns);
    const predicted = new Float64Array(rows * scorer.width);
    for (let from = 0; from < rows; from += AT_ONCE) {
      signal.throwIfAborted();
      const to = Math.min(rows, from + AT_ONCE);
      predicted.set(await scorer.score(rowsBetween(columns, from, to)), from * scorer.width);
    }
    refuseUnusable(question, predicted, scorer.width);
    return predicted;
  } finally {
    await scorer.close();
  }
}

function rowsOf([first]: readonly InputColumn[]): number {
  if (first === undefined) return 0;
  return (first.type === 'number' ? first.values : first.codes).length;
}

function rowsBetween(columns: readonly InputColumn[], from: number, to: number): InputRow[] {
  return Array.from({ length: to - from }, (_, i) =>
    Object.fromEntries(
      columns.map((column) => [
        column.name,
        column.type === 'number'
          ? column.values[from + i]
          : (column.categories[column.codes[from + i] as number] ?? ''),
      ]),
    ),
  );
}

/** Rounding may put a probability so far past 0 or 1. */
const ROUNDING = 1e-3;

/** @throws MILL_MODEL_ANSWERS */
function refuseUnusable({ task, model }: Question, predicted: Float64Array, width: number): void {
  const telling = task === 'binary' || task === 'multiclass';
  const bad = predicted.findIndex(
    (value) => !Number.isFinite(value) || (telling && (value < -ROUNDING || value > 1 + ROUNDING)),
  );
  if (bad === -1) return;
  const value = predicted[bad] as number;
  throw new MillraceError({
    code: 'MILL_MODEL_ANSWERS',
    message: `To labelled row ${Math.floor(bad / width) + 1} the model answers ${value}; wanted ${telling ? 'a probability, from 0 to 1' : 'a number'}.`,
    todo: Number.isFinite(value)
      ? 'Let it give probabilities, not scores or log-odds; where it has several outputs, say which.'
      : 'Let it answer where inputs are missing too: a number is NaN then, a text is empty.',
    owner: 'project',
    asset: model,
  });
}
