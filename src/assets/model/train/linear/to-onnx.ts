import { type Draft, draftOf } from '../onnx/draft.ts';
import type { ModelLabel } from '../trainer.port.ts';
import { type Encoding, type NumberEncoding, weightsOf } from './encoding.ts';
import type { LinearModel } from './model.ts';
import { piecewise } from './splines.ts';

/**
 * The model as an ONNX file. Each column becomes its share of the scores: a number as (x − mean)·weight/scale, a polynomial or a step, or its
 * missing weight; a category as its weight, looked up. In float64 up to the output, so that a column far from zero
 * (a year, an instant) keeps its digits.
 */
export function linearOnnx(
  { task, encodings, weights, outputs }: LinearModel,
  label: ModelLabel,
): Uint8Array {
  const draft = draftOf(encodings, task, outputs);
  let at = 0;
  const shares = encodings.map((encoding) => {
    const own = weights.map((all) => all.subarray(at, at + weightsOf(encoding)));
    at += weightsOf(encoding);
    return encoding.type === 'category'
      ? levelShare(draft, encoding, own)
      : numberShare(draft, encoding, own);
  });
  const intercepts = draft.constant(
    weights.map((all) => all.at(-1)!),
    [1, outputs],
  );
  return draft.ofScore(draft.node('Sum', [...shares, intercepts]), label);
}

type Weights = readonly Float64Array[];

/** Looks rows up in a table [entries][outputs]: [n, outputs]. */
function look(draft: Draft, table: readonly (readonly number[])[], index: string): string {
  const outputs = table[0]!.length;
  const constant = draft.constant(table.flat(), [table.length, outputs]);
  const found = draft.node('Gather', [constant, index]);
  return draft.node('Squeeze', [found, draft.constant(BigInt64Array.of(1n))]);
}

/** Entry i of each output's weights, side by side. */
const row = (weights: Weights, i: number): number[] => weights.map((own) => own[i]!);

function levelShare(draft: Draft, encoding: Encoding & { type: 'category' }, weights: Weights): string {
  const { name, levels, levelCount } = encoding;
  const table = [weights.map(() => 0), ...Array.from({ length: levelCount }, (_, i) => row(weights, i))];
  return look(draft, table, draft.codes(name, levels));
}

function numberShare(draft: Draft, encoding: NumberEncoding, weights: Weights): string {
  const x = draft.cast(encoding.name, 'double');
  const last = weightsOf(encoding) - 1;
  const missing = draft.constant(
    weights.map((own) => (encoding.indicator ? own[last]! : 0)),
    [1, weights.length],
  );
  return draft.node('Where', [
    draft.missing(encoding.name),
    missing,
    knownShare(draft, encoding, x, weights),
  ]);
}

function knownShare(draft: Draft, encoding: NumberEncoding, x: string, weights: Weights): string {
  switch (encoding.shape) {
    case 'line': {
      const { mean, scale } = encoding;
      const centred = draft.node('Sub', [x, draft.constant([mean])]);
      const slopes = draft.constant(
        row(weights, 0).map((weight) => weight / scale),
        [1, weights.length],
      );
      return draft.node('Mul', [centred, slopes]);
    }
    case 'bins': {
      const { edges } = encoding;
      const table = Array.from({ length: edges.length + 1 }, (_, i) => row(weights, i));
      return look(draft, table, draft.bins(x, edges));
    }
    case 'splines': {
      const { splines } = encoding;
      const { knots } = splines;
      const ends = [knots[0]!, knots.at(-1)!].map((end) => draft.constant([end]));
      const inside = draft.node('Min', [draft.node('Max', [x, ends[0]!]), ends[1]!]);
      const interval = draft.bins(inside, knots.slice(1, -1));
      const left = look(
        draft,
        Array.from(knots.subarray(0, -1), (knot) => [knot]),
        interval,
      );
      const t = draft.node('Sub', [inside, left]);
      const byOutput = weights.map((own) => piecewise(splines, own, 0));
      const powers = [0, 1, 2, 3].map((power) =>
        look(
          draft,
          Array.from({ length: knots.length - 1 }, (_, i) => byOutput.map((p) => p[i * 4 + power]!)),
          interval,
        ),
      );
      // Horner's way.
      return [2, 1, 0].reduce(
        (sum, power) => draft.node('Add', [draft.node('Mul', [sum, t]), powers[power]!]),
        powers[3]!,
      );
    }
  }
}
