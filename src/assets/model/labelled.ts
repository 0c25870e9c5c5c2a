import { quoteName } from '../../base/index.ts';
import type { ColumnData, Session } from '../../engine/index.ts';
import type { Workspace } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { InputPlan } from './inputs.ts';
import { inputColumns } from './matrix.ts';
import type { ModelBody, TrainingSetBody } from './spec.ts';
import type { FitInput, RowRange } from './train/index.ts';
import { PARTS, type Part } from './training-set/index.ts';

/** The rows of each part. */
export type Parts = Readonly<Record<Part, RowRange>>;

/** The labelled rows in memory, part after part; each oldest first, or group after group where rows are ranked. */
export interface Labelled {
  /** Instants (microseconds) by row. */
  readonly at: Float64Array;
  /** As trainers want it: true is 1, a class is its index. */
  readonly target: Float64Array;
  /** Names of the classes, sorted; undefined where the target is no text. */
  readonly classes: readonly string[] | undefined;
  /** The group of each row, where rows are ranked. */
  readonly groups: Int32Array | undefined;
  /** Whom each row is about: equal keys, equal number. */
  readonly entities: Int32Array;
  /** What is ranked: by row its number, and how many there are over all parts; undefined where rows are not ranked, or lists name nothing of it. */
  readonly items?: { readonly of: Int32Array; readonly count: number } | undefined;
  readonly inputs: readonly ColumnData[];
  /** For how many rows each stands; undefined when each stands for itself. */
  readonly weights: Float64Array | undefined;
  readonly parts: Parts;
}

/** Reads a version of a training set, with the inputs in the order of a plan. */
export async function readLabelled(
  { lake, engine }: Pick<Workspace, 'lake' | 'engine'>,
  trainingSet: Version,
  { labels, negatives }: TrainingSetBody,
  { columns: inputs, keys }: Pick<InputPlan, 'columns' | 'keys'>,
): Promise<Labelled> {
  const table = lake.table(trainingSet.asset, trainingSet.snapshot) as TableState;
  const session = await engine.session();
  try {
    const scan = session.scan(table, { rowId: true });
    const group = labels.group === undefined ? [] : [quoteName(labels.group)];
    // Row ids are in the order in which the training set was written: by instant, then by the labels' own row ids.
    const order = [
      "case _split when 'train' then 0 when 'validation' then 1 else 2 end",
      ...group,
      '_row_id',
    ];
    const columns = [labels.at, labels.target, '_weight', ...inputs.map(({ name }) => name)].map(quoteName);
    const ranked = await keysWithin(session, scan, group, keys.map(quoteName));
    const whom = keys.length === 0 ? ['_row_id'] : keys.map(quoteName);
    const numbered = [whom, group, ranked].map((by) =>
      by.length === 0 ? '0' : `dense_rank() over (order by ${by.join(', ')}) - 1`,
    );
    const [at, target, weight, ...rest] = await session.columns(
      `select ${[...columns, ...numbered].join(', ')} from ${scan} order by ${order.join(', ')}`,
    );
    const counts = await session.rows<{ part: Part; n: number }>(
      `select _split as part, count(*) as n from ${scan} group by _split`,
    );
    const [entities, groups, items] = rest
      .slice(inputs.length)
      .map(({ values }) => Int32Array.from(values as Float64Array)) as [Int32Array, Int32Array, Int32Array];
    return {
      at: (at as ColumnData).values as Float64Array,
      ...numbersOf(target as ColumnData),
      groups: group.length === 0 ? undefined : groups,
      entities,
      items:
        ranked.length === 0
          ? undefined
          : { of: items, count: 1 + items.reduce((most, item) => Math.max(most, item), -1) },
      inputs: rest.slice(0, inputs.length),
      weights:
        negatives === undefined && labels.weight === undefined
          ? undefined
          : ((weight as ColumnData).values as Float64Array),
      parts: rangesOf((part) => counts.find((found) => found.part === part)?.n ?? 0),
    };
  } finally {
    session.close();
  }
}

/** The keys that differ within a list: they name what is ranked, the others who asks. */
async function keysWithin(
  session: Pick<Session, 'rows'>,
  scan: string,
  group: readonly string[],
  keys: readonly string[],
): Promise<string[]> {
  if (group.length === 0 || keys.length === 0) return [];
  const differ = keys.map((key, i) => `min(${key}) is distinct from max(${key}) as k${i}`);
  const any = keys.map((_, i) => `bool_or(k${i}) as k${i}`);
  const [found] = await session.rows<Record<string, boolean>>(
    `select ${any.join(', ')} from (select ${differ.join(', ')} from ${scan} group by ${group.join(', ')})`,
  );
  return keys.filter((_, i) => found?.[`k${i}`] === true);
}

function numbersOf(target: ColumnData): Pick<Labelled, 'target' | 'classes'> {
  if (target.type !== 'string') return { target: target.values, classes: undefined };
  const names = target.values as readonly string[];
  const classes = [...new Set(names)].sort();
  const index = new Map(classes.map((name, i) => [name, i]));
  return { target: Float64Array.from(names, (name) => index.get(name) as number), classes };
}

/** What a trainer is given of them. Categories are those of all rows: what one that training did not see is to it, each trainer says itself, and so does its file. */
export function fitInput(
  { task, seed }: Pick<ModelBody, 'task' | 'seed'>,
  { inputs, target, classes, groups, weights, parts }: Labelled,
): FitInput {
  return {
    columns: inputColumns(inputs, { from: 0, to: target.length }),
    ...{ target, task, seed, train: parts.train, validation: parts.validation },
    ...(classes === undefined ? {} : { classes }),
    ...(groups === undefined ? {} : { groups }),
    ...(weights === undefined ? {} : { weights }),
  };
}

/** Parts that follow each other. */
function rangesOf(rows: (part: Part) => number): Parts {
  let to = 0;
  return Object.fromEntries(
    PARTS.map((part) => {
      const from = to;
      to += rows(part);
      return [part, { from, to }];
    }),
  ) as Parts;
}

/** The cells of some rows as a scorer is asked: instants in seconds since 1970. */
export function rowsOf(columns: readonly ColumnData[], { from, to }: RowRange): Record<string, unknown>[] {
  return Array.from({ length: to - from }, (_, i) =>
    Object.fromEntries(
      columns.map((column) => {
        const value = column.values[from + i];
        return [column.name, column.type === 'timestamp' ? (value as number) / 1e6 : value];
      }),
    ),
  );
}

/** Columns of the rows of a part. */
export function columnsOf<C extends ColumnData>(columns: readonly C[], { from, to }: RowRange): C[] {
  return columns.map((column) => ({ ...column, values: column.values.slice(from, to) }));
}

/** A part's rows of answers: one number a row, or as many as there are classes. */
export function rowsOfPart(
  answers: Float64Array,
  { classes }: Pick<Labelled, 'classes'>,
  { from, to }: RowRange,
): Float64Array {
  const width = classes?.length ?? 1;
  return answers.subarray(from * width, to * width);
}

/** Rows of a part, of what stands by row. */
export function partOf<A extends Float64Array | Int32Array>(values: A, { from, to }: RowRange): A {
  return values.subarray(from, to) as A;
}
