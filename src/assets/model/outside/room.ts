import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quoteName, quoteText } from '../../../base/index.ts';
import { type BuildContext, HOME } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import type { InputPlan } from '../inputs.ts';
import type { Labelled } from '../labelled.ts';
import { inputType } from '../matrix.ts';
import type { ModelBody, TrainingSetBody } from '../spec.ts';
import type { Room } from './outside.port.ts';

/** What is laid out for a trainer. */
export interface Layout {
  readonly trainingSet: Version;
  readonly set: TrainingSetBody;
  readonly plan: InputPlan;
  readonly labelled: Labelled;
}

/** What of a build a room is made of. */
export type Surroundings = Pick<BuildContext<ModelBody>, 'workspace' | 'progress' | 'signal' | 'say'> & {
  readonly node: Pick<BuildContext<ModelBody>['node'], 'name' | 'body'>;
};

/** Gives a trainer a room, and clears it whatever becomes of its work. */
export async function inRoom<T>(
  context: Surroundings,
  layout: Layout,
  work: (room: Room) => Promise<T>,
  then?: Room['then'],
): Promise<T> {
  const { node, workspace, progress, signal, say } = context;
  const { set, plan, labelled } = layout;
  const { parts, classes, weights } = labelled;
  // In the project's own temporary folder, which doctor clears of what killed processes have left.
  const temporary = join(workspace.folder, HOME, 'temp');
  mkdirSync(temporary, { recursive: true });
  const desk = mkdtempSync(join(temporary, 'training-'));
  try {
    return await work({
      ...{ desk, workspace, progress, signal, say },
      question: {
        model: node.name,
        task: node.body.task,
        inputs: plan.columns.map(({ name, type }) => ({ name, type: inputType(type) })),
        ...(classes === undefined ? {} : { classes }),
      },
      seed: node.body.seed,
      ...(then === undefined ? {} : { then }),
      columns: {
        target: set.labels.target,
        weight: weights === undefined ? null : '_weight',
        group: set.labels.group ?? null,
      },
      rows: {
        train: parts.train.to - parts.train.from,
        validation: parts.validation.to - parts.validation.from,
      },
      write: (part, path) => writePart(context, layout, part, path),
    });
  } finally {
    rmSync(desk, { recursive: true, force: true });
  }
}

async function writePart(
  { workspace, node }: Surroundings,
  { trainingSet, set, plan, labelled }: Layout,
  part: 'train' | 'validation',
  path: string,
): Promise<void> {
  const { lake, engine } = workspace;
  const table = lake.table(trainingSet.asset, trainingSet.snapshot) as TableState;
  const { target, group } = set.labels;
  const session = await engine.session();
  try {
    const columns = [
      ...plan.columns.map(({ name, type }) => {
        const column = quoteName(name);
        if (type === 'string') return `coalesce(${column}, '') as ${column}`;
        const number = type === 'timestamp' ? `epoch_us(${column}) / 1e6` : column;
        return `cast(${number} as float) as ${column}`;
      }),
      `${targetAs(quoteName(target), node.body.task)} as ${quoteName(target)}`,
      ...(group === undefined || plan.columns.some(({ name }) => name === group) ? [] : [quoteName(group)]),
      ...(labelled.weights === undefined ? [] : [quoteName('_weight')]),
    ];
    // The order in which labelled rows are read (labelled.ts), so that answers can be compared row by row.
    const order = [...(group === undefined ? [] : [quoteName(group)]), '_row_id'];
    await session.run(
      `copy (select ${columns.join(', ')} from ${session.scan(table, { rowId: true })}
        where _split = ${quoteText(part)} order by ${order.join(', ')})
        to ${quoteText(path)} (format parquet, compression zstd)`,
    );
  } finally {
    session.close();
  }
}

function targetAs(column: string, task: ModelBody['task']): string {
  if (task === 'multiclass') return column;
  return task === 'binary' ? `cast(${column} as bigint)` : `cast(${column} as double)`;
}
