import { rocAuc } from '../src/assets/model/judge/index.ts';
import { createGbdt, type GbdtOptions, type RowRange } from '../src/assets/model/train/index.ts';
import { peakMemory } from './peak-memory.ts';
import { readColumns } from './training-matrix.ts';

/** What a process that trains is told, ours and theirs. */
export interface TrainingOrder {
  /** Ours column by column, theirs row by row. */
  readonly file: string;
  readonly columns: readonly ('number' | 'category')[];
  readonly split: Readonly<Record<'train' | 'validation' | 'test', RowRange>>;
  readonly options: GbdtOptions;
  readonly threads: number;
  readonly seed: number;
}

// One training of our trees in a process of its own: node bench/training-ours.ts ORDER. It gives a JobUse.

const order = JSON.parse(process.argv[2] as string) as TrainingOrder;
const { columns, target } = readColumns(order.file, order.columns);
const before = process.cpuUsage();
const began = performance.now();
const { split, seed, threads } = order;
const fitted = await createGbdt({ ...order.options, threads }).fit({
  ...{ columns, target, task: 'binary', seed },
  train: split.train,
  validation: split.validation,
});
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
// As theirs: what follows is judging.
const peakBytes = peakMemory();
const { from, to } = split.test;
const tested = columns.map((column) =>
  column.type === 'number'
    ? { ...column, values: column.values.subarray(from, to) }
    : { ...column, codes: column.codes.subarray(from, to) },
);
const auc = rocAuc(target.subarray(from, to), fitted.predict(tested));
console.log(
  JSON.stringify({
    ...{ seconds, cpuSeconds: (user + system) / 1e6, peakBytes },
    gave: { rounds: fitted.summary.rounds, auc },
  }),
);
