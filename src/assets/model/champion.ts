import { MillraceError } from '../../base/index.ts';
import type { ColumnData } from '../../engine/index.ts';
import type { BuildContext } from '../../graph/index.ts';
import { modelVersionOf } from './detail.ts';
import type { Comparison, Figures } from './judge/index.ts';
import { compareOn, judge } from './judged.ts';
import { columnsOf, type Labelled } from './labelled.ts';
import { inputType } from './matrix.ts';
import { openModel } from './open-model.ts';
import { type ModelBody, SAID } from './spec.ts';

const LOST: readonly string[] = ['MILL_BLOB_DAMAGED', 'MILL_BLOB_MISSING'];

/** The live version beside a candidate. */
export interface Champion {
  readonly version: string;
  /** On the very rows that judge the candidate; as they were recorded when it cannot be asked about these. */
  readonly figures: Figures;
  readonly comparison?: Comparison;
  /** Why it cannot be asked about these rows. */
  readonly unasked?: string;
}

/** Asks the live version about the rows that judge the candidate, whose answers to them are given; undefined when nothing is live. */
export async function askChampion(
  { live, workspace, node }: Pick<BuildContext<ModelBody>, 'live' | 'workspace' | 'node'>,
  labelled: Labelled,
  candidate: { readonly predicted: Float64Array; readonly threshold: number | null },
): Promise<Champion | undefined> {
  if (live === undefined) return undefined;
  const champion = modelVersionOf(live);
  const { inputs, parts, classes } = labelled;
  const byName = new Map(inputs.map((column) => [column.name, column]));
  const columns = champion.inputs.map(({ name, type }) => {
    const column = byName.get(name);
    return column !== undefined && inputType(column.type) === type ? column : undefined;
  });
  const recorded = (unasked: string): Champion => {
    return { version: live.id, figures: champion.evaluation.figures, unasked };
  };
  if (champion.task !== node.body.task) return recorded(`it tells ${SAID[champion.task]}`);
  if (champion.classes?.join('\0') !== classes?.join('\0')) return recorded('it knows other classes');
  const gone = columns.indexOf(undefined);
  if (gone >= 0) return recorded(`its input ${champion.inputs[gone]?.name} is gone or of another type`);
  const scorer = await openModel(workspace, champion).catch((error: unknown) => {
    // Else what is damaged could not even be replaced.
    if (error instanceof MillraceError && error.problems.every(({ code }) => LOST.includes(code)))
      return error;
    throw error;
  });
  if (scorer instanceof MillraceError) return recorded(`its file is lost (${scorer.problems[0]?.code})`);
  try {
    const predicted = await scorer.scoreColumns(columnsOf(columns as ColumnData[], parts.test));
    const threshold = champion.threshold ?? candidate.threshold;
    return {
      version: live.id,
      figures: judge(node.body, labelled, predicted, threshold, 'figures').figures,
      comparison: compareOn(node.body, labelled, { predicted, threshold }, candidate),
    };
  } finally {
    await scorer.close();
  }
}
