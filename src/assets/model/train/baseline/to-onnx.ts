import { type Draft, draftOf } from '../onnx/draft.ts';
import type { ModelLabel } from '../trainer.port.ts';
import type { BaselineModel } from './model.ts';

/** The model as an ONNX file: a look into a table of answers, or an input passed on. */
export function baselineOnnx(model: BaselineModel, label: ModelLabel): Uint8Array {
  const { task, columns, outputs } = model;
  const draft = draftOf(columns, task, outputs);
  const found =
    model.value === undefined ? look(draft, model) : pass(draft, model, columns[model.value.at]!.name);
  if (task !== 'binary') return draft.ofAnswer(found, label);
  const no = draft.node('Sub', [draft.constant([1]), found]);
  return draft.ofAnswer(draft.node('Concat', [no, found], { axis: { int: 1 } }), label);
}

function look(draft: Draft, { columns, answers, outputs, by }: BaselineModel): string {
  const { name, type } = columns[by?.at ?? 0]!;
  // Where no column is looked at, the first one still says how many rows there are: each is at level 0.
  const zero = (): string => {
    const nan = draft.cast(draft.node('IsNaN', [name]), 'int64');
    return draft.node('Mul', [nan, draft.constant(BigInt64Array.of(0n))]);
  };
  const level = type === 'category' ? draft.codes(name, by?.levels ?? []) : zero();
  const table = draft.constant(answers, [answers.length / outputs, outputs]);
  return draft.node('Squeeze', [draft.node('Gather', [table, level]), draft.constant(BigInt64Array.of(1n))]);
}

function pass(draft: Draft, { task, answers }: BaselineModel, name: string): string {
  const x = draft.cast(name, 'double');
  const inside =
    task === 'binary'
      ? draft.node('Min', [draft.node('Max', [x, draft.constant([0])]), draft.constant([1])])
      : x;
  return draft.node('Where', [draft.missing(name), draft.constant(answers.subarray(0, 1), [1, 1]), inside]);
}
