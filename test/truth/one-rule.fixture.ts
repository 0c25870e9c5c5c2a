import { draftOf, type InputColumn, ownTrainer } from '../../src/trainer.ts';

/** The score of each stretch of one input, where that lies between edges, and of rows where it is missing: all plain numbers. */
export const oneRule = ownTrainer<{ by: string; bins?: number }>('one_rule', {
  revision: 1,
  create({ by, bins = 10 }) {
    if (!(Number.isInteger(bins) && bins > 1)) throw new RangeError(`bins is ${bins}, wanted 2 or more`);
    const valuesOf = (columns: readonly InputColumn[]): Float64Array => {
      const column = columns.find(({ name }) => name === by);
      if (column?.type !== 'number') throw new Error(`among the inputs is no number '${by}'`);
      // As the file will be given it.
      return column.values.map(Math.fround);
    };
    return {
      tasks: ['binary', 'regression'],
      async fit({ columns, target, task, train, validation, weights }) {
        const values = valuesOf(columns);
        const known = values.slice(train.from, train.to).filter(Number.isFinite).sort();
        const at = (i: number): number[] =>
          [...known.subarray(Math.floor((i * known.length) / bins))].slice(0, 1);
        const edges = Float64Array.from(
          new Set(Array.from({ length: bins - 1 }, (_, i) => at(i + 1)).flat()),
        );
        const missing = edges.length + 1;
        const placeOf = (x: number): number =>
          Number.isFinite(x) ? edges.filter((edge) => edge <= x).length : missing;

        const total = { sum: 0, weight: 0 };
        const bin = Array.from({ length: missing + 1 }, () => ({ sum: 0, weight: 0 }));
        for (let row = train.from; row < train.to; row++)
          for (const one of [total, bin[placeOf(values[row]!)]!]) {
            one.weight += weights?.[row] ?? 1;
            one.sum += (weights?.[row] ?? 1) * target[row]!;
          }
        const mean = total.sum / total.weight;
        // As if one more row of each were an average one: no probability is 0 or 1.
        const means = bin.map(({ sum, weight }) => (sum + mean) / (weight + 1));
        const scores = means.map((p) => (task === 'binary' ? Math.log(p / (1 - p)) : p));
        const answer = (x: number): number => {
          const score = scores[placeOf(x)]!;
          return task === 'binary' ? 1 / (1 + Math.exp(-score)) : score;
        };
        const lossOf = ({ from, to }: { from: number; to: number }): number => {
          let [sum, weight] = [0, 0];
          for (let row = from; row < to; row++) {
            const [p, y, w] = [answer(values[row]!), target[row]!, weights?.[row] ?? 1];
            sum += w * (task === 'binary' ? -Math.log(y === 1 ? p : 1 - p) : (p - y) ** 2);
            weight += w;
          }
          return sum / weight;
        };
        return {
          predict: (given) => valuesOf(given).map(answer),
          toOnnx(label) {
            const draft = draftOf(columns, task);
            const place = draft.node('Where', [
              draft.missing(by),
              draft.constant(BigInt64Array.of(BigInt(missing)), [1, 1]),
              draft.bins(draft.cast(by, 'double'), edges),
            ]);
            const table = draft.constant(scores, [scores.length, 1]);
            const found = draft.node('Gather', [table, place]);
            const second = draft.constant(BigInt64Array.of(1n));
            return draft.ofScore(draft.node('Squeeze', [found, second]), label);
          },
          summary: {
            rounds: 1,
            trainLoss: lossOf(train),
            validationLoss: validation.from === validation.to ? null : lossOf(validation),
            importance: { [by]: 1 },
            notes:
              edges.length === 0 ? [`'${by}' has one value at most: every row is answered the same.`] : [],
          },
        };
      },
    };
  },
});
