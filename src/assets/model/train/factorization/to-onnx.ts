import { type Draft, draftOf } from '../onnx/draft.ts';
import type { ModelLabel } from '../trainer.port.ts';
import type { Factors } from './factors.ts';
import type { FactorizationModel } from './model.ts';
import type { Side, Vocabulary } from './side.ts';

/** The model as an ONNX file: places looked up by column, their factors gathered and summed by side, and the product of both. */
export function factorizationOnnx(model: FactorizationModel, label: ModelLabel): Uint8Array {
  const { task, columns, users, items } = model;
  const draft = draftOf(columns, task);
  const [user, item] = [sumOf(draft, model.user, users), sumOf(draft, model.item, items)];
  const products = draft.node('Mul', [user, item]);
  // A bias is no factor: the last column is left out of the product, and added as it is.
  const k = users.width - 1;
  const axis = draft.constant(BigInt64Array.of(1n));
  const cut = (all: string, from: number, to: number): string =>
    draft.node('Slice', [
      all,
      draft.constant(BigInt64Array.of(BigInt(from))),
      draft.constant(BigInt64Array.of(BigInt(to))),
      axis,
    ]);
  const product = draft.node('ReduceSum', [cut(products, 0, k), axis], { keepdims: { int: 1 } });
  const score = draft.node('Sum', [product, cut(user, k, k + 1), cut(item, k, k + 1)]);
  if (task !== 'binary') return draft.ofScore(score, label);
  const { slope, shift } = model.sigmoid;
  const odds = draft.node('Add', [
    draft.node('Mul', [score, draft.constant([slope])]),
    draft.constant([shift]),
  ]);
  return draft.ofScore(odds, label);
}

function sumOf(draft: Draft, side: Side, { width, everyone, table }: Factors): string {
  const rows = draft.constant(Float32Array.from(table), [table.length / width, width]);
  const found = side.vocabularies.map((vocabulary) => {
    const own = draft.node('Gather', [rows, placeOf(draft, vocabulary)]);
    const flat = draft.node('Squeeze', [own, draft.constant(BigInt64Array.of(1n))]);
    return draft.cast(flat, 'double');
  });
  return draft.node('Sum', [...found, draft.constant(everyone, [1, width])]);
}

function placeOf(draft: Draft, vocabulary: Vocabulary): string {
  const { name } = vocabulary;
  if (vocabulary.type === 'category') return draft.codes(name, vocabulary.places);
  const x = draft.cast(name, 'double');
  const bin = draft.bins(x, vocabulary.edges);
  const place = draft.node('Add', [bin, draft.constant(BigInt64Array.of(BigInt(vocabulary.at)))]);
  return draft.node('Where', [draft.missing(name), draft.constant(BigInt64Array.of(0n)), place]);
}
