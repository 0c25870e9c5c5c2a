import { MillraceError } from '../../../base/index.ts';
import {
  judgeSlices,
  type ListsAsRows,
  listsAsRows,
  type SlicedPredictions,
  type Slices,
} from '../judge/index.ts';
import { lossOf } from '../judged.ts';
import { columnsOf, partOf } from '../labelled.ts';
import { inputColumns } from '../matrix.ts';
import type { ModelBody } from '../spec.ts';
import type { JudgedRows } from './some-rows.ts';

/**
 * Where a model is worse than elsewhere, on the rows to judge by: declared slices, and the worst that are found. Of ranked rows each list counts
 * as one, and slices are of what its items share.
 * @throws MILL_MODEL_INVALID for a declared slice of something that differs within lists
 */
export function slicesOf(
  { slices = [], findSlices = true }: Pick<ModelBody, 'slices' | 'findSlices'>,
  { judging, labelled, predicted, threshold }: JudgedRows,
): Slices {
  const { parts, classes, inputs, weights, entities } = labelled;
  const { test } = parts;
  const target = partOf(labelled.target, test);
  const looked = {
    ...{ declared: slices, worst: findSlices ? 10 : 0 },
    types: new Map(inputs.map(({ name, type }) => [name, type])),
  };
  const rows = {
    ...looked,
    entities: partOf(entities, test),
    ...(weights === undefined ? {} : { weights: partOf(weights, test) }),
    columns: inputColumns(columnsOf(inputs, test), { from: 0, to: test.to - test.from }),
  };
  const of = (answers: SlicedPredictions): Slices => judgeSlices({ ...answers, ...rows });
  switch (judging.task) {
    case 'binary':
      return of({
        task: 'binary',
        target,
        probability: predicted,
        ...(threshold === null ? {} : { threshold }),
      });
    case 'multiclass':
      return of({
        task: 'multiclass',
        target,
        probabilities: predicted,
        classes: classes as readonly string[],
      });
    case 'regression': {
      const { quantile, poisson } = lossOf(judging);
      // What is next to nothing can have become 0 as a float.
      const isRate = poisson === true && predicted.every((rate) => rate > 0);
      return of({
        task: 'regression',
        ...{ target, predicted },
        ...(quantile === undefined ? {} : { quantile }),
        ...(isRate ? { figure: 'poissonDeviance' } : {}),
      });
    }
    case 'ranking': {
      const lists = listsAsRows(target, predicted, partOf(labelled.groups as Int32Array, test), rows.columns);
      refuseWithinLists(slices, lists);
      return judgeSlices({
        task: 'ranking',
        ...looked,
        ndcg: lists.ndcg,
        columns: lists.columns,
        entities: Int32Array.from(lists.rows, (row) => rows.entities[row] as number),
      });
    }
  }
}

function refuseWithinLists(slices: NonNullable<ModelBody['slices']>, { columns }: ListsAsRows): void {
  const shared = columns.map(({ name }) => name);
  for (const { name, where } of slices)
    for (const { column } of where)
      if (!shared.includes(column))
        throw new MillraceError({
          code: 'MILL_MODEL_INVALID',
          message: `The slice '${name}' is of '${column}', which differs within lists; a list is answered as a whole.`,
          todo:
            shared.length === 0
              ? 'Leave out slices: there is no input that all items of each list share.'
              : `Declare slices of what all items of a list share: ${shared.slice(0, 10).join(', ')}.`,
          owner: 'project',
        });
}
