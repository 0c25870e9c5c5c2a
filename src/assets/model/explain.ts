import { MillraceError } from '../../base/index.ts';
import type { Workspace } from '../../graph/index.ts';
import type { ModelVersion } from './detail.ts';
import { inputNumber } from './matrix.ts';
import type { InputRow } from './scorer.port.ts';
import { type InputColumn, type OpenedTrees, openTrees } from './train/index.ts';

/**
 * Why a row is answered as it is: what each input adds to the raw score over what is expected of no row in particular; `base` and all shares add up to `score`. The
 * score is log-odds where probabilities are told, of the class decided for where there are several, and before any calibration.
 */
export type AnswerAttribution = {
  readonly base: number;
  readonly score: number;
  /** By input, the largest part first. */
  readonly shares: Readonly<Record<string, number>>;
};

/** Tells why a version answers as it does. */
export interface Explainer {
  /** @throws MILL_MODEL_UNEXPLAINED when its trainer keeps nothing to tell by */
  explain(row: InputRow, decision: string | number | boolean): Promise<AnswerAttribution>;
}

/** What it needs is loaded when it is first asked. */
export function openExplainer(
  { blobs }: Pick<Workspace, 'blobs'>,
  id: string,
  { kept }: ModelVersion,
): Explainer {
  let opening: Promise<OpenedTrees> | undefined;
  return {
    async explain(row, decision) {
      if (kept === undefined) throw unexplained(id);
      opening ??= blobs.get(kept).then(openTrees);
      const trees = await opening.catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const { base, shares, outputs } = trees.attribute(trees.columns.map((column) => columnOf(column, row)));
      const output = outputs === 1 ? 0 : Math.max(0, trees.classes?.indexOf(String(decision)) ?? 0);
      const own = trees.columns.map(({ name }, i): [string, number] => [
        name,
        shares[output * trees.columns.length + i] as number,
      ]);
      const start = base[output] as number;
      return {
        base: start,
        score: own.reduce((sum, [, share]) => sum + share, start),
        shares: Object.fromEntries(own.sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))),
      };
    },
  };
}

function columnOf({ name, type }: OpenedTrees['columns'][number], row: InputRow): InputColumn {
  if (type === 'number') return { name, type, values: Float64Array.of(inputNumber(row[name])) };
  const text = String(row[name] ?? '');
  return { name, type, categories: [text], codes: Int32Array.of(text === '' ? -1 : 0) };
}

function unexplained(id: string): MillraceError {
  return new MillraceError({
    code: 'MILL_MODEL_UNEXPLAINED',
    message: `${id} cannot tell why: its trainer keeps nothing to tell by.`,
    todo: 'Ask without explain, or train with gbdt.',
    owner: 'project',
  });
}
