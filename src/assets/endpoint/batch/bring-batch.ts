import { bug, type ColumnDef, MillraceError, quoteName, quoteText } from '../../../base/index.ts';
import { literalPath, type Session } from '../../../engine/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { Batch } from '../../../store/state/index.ts';
import { lakeChanges, withIds } from '../../source/index.ts';
import type { Served } from '../serving.ts';
import { keyColumn } from './asked-rows.ts';
import type { Pieces } from './pieces.ts';

/** In the order of the table; the columns of keys, texts all, come after them. */
const COLUMNS: readonly ColumnDef[] = [
  { name: 'batch', type: 'string', nullable: false },
  { name: 'row', type: 'integer', nullable: false },
  { name: 'as_of', type: 'timestamp', nullable: false },
  { name: 'version', type: 'string', nullable: false },
  { name: 'model', type: 'string', nullable: false },
  { name: 'output', type: 'double', nullable: false },
  { name: 'probabilities', type: 'string', nullable: true },
  { name: 'classes', type: 'string', nullable: true },
  { name: 'decision', type: 'string', nullable: false },
  { name: 'states', type: 'string', nullable: false },
];

/** What is brought: the record of the batch, and what its rows say of where they come from. */
export interface Bringing extends Omit<Batch, 'snapshot' | 'at'> {
  readonly served: Served;
  readonly states: Readonly<Record<string, string>>;
  /** What the probabilities are of; null where there are none. */
  readonly classes: readonly (boolean | string)[] | null;
}

/** How often a commit is tried that another one was faster than. */
const TRIES = 5;

/** All pieces in one commit: they are there, each once, and on record, or nothing is. */
export async function bringBatch(
  { lake, state, clock }: Workspace,
  session: Session,
  pieces: Pieces,
  keys: readonly string[],
  { served, states, classes, ...batch }: Bringing,
): Promise<Batch> {
  const { target, rows, id } = batch;
  const paths = Array.from({ length: Math.ceil(rows / pieces.pinned.size) }, (_, piece) =>
    quoteText(literalPath(pieces.pathOf(piece))),
  );
  const named = keys.map((key) => ({ key, name: keyName(key) }));
  const constants: Readonly<Record<string, string | null>> = {
    classes: classes === null ? null : JSON.stringify(classes),
    ...{ batch: id, version: served.version, model: served.model, states: JSON.stringify(states) },
  };
  for (let attempt = 1; ; attempt++) {
    const base = lake.head();
    const present = lake.table(target, base);
    const own = new Set([...COLUMNS, ...named].map(({ name }) => name));
    const columns = withIds(
      [
        ...COLUMNS,
        ...named.map(({ name }): ColumnDef => ({ name, type: 'string', nullable: true })),
        // Keys of other batches.
        ...(present?.columns.filter(({ name }) => !own.has(name)) ?? []),
      ],
      present,
    );
    const keyOf = new Map(named.map(({ key, name }) => [name, keyColumn(key)]));
    const cellOf = (name: string): string => {
      const constant = constants[name];
      if (typeof constant === 'string') return quoteText(constant);
      if (constant === undefined && COLUMNS.some((one) => one.name === name)) return quoteName(name);
      return keyOf.get(name) ?? 'null::VARCHAR';
    };
    const select = columns.map(({ name }) => `${cellOf(name)} as ${quoteName(name)}`);
    const files =
      rows === 0
        ? []
        : await session.write(
            lake.folderOf(target),
            columns,
            `select ${select.join(', ')} from read_parquet([${paths.join(', ')}], hive_partitioning = false) order by "row"`,
          );
    const written = files.reduce((sum, file) => sum + file.rows, 0);
    if (written !== rows) throw bug(`Of ${rows} rows of batch ${id} its pieces have ${written}.`);
    try {
      let recorded: Batch | undefined;
      lake.commit(
        base,
        lakeChanges(target, present, { columns, files }),
        { author: 'millrace', message: `${target}: batch ${id}` },
        (snapshot) => {
          // Another process may have brought it meanwhile.
          recorded = state.batches.get(id);
          if (recorded !== undefined) throw new Overtaken();
          recorded = { ...batch, snapshot, at: clock.now() };
          state.batches.add(recorded);
        },
      );
      return recorded as Batch;
    } catch (error) {
      const conflict = error instanceof MillraceError && error.code === 'MILL_LAKE_CONFLICT';
      if (!conflict || attempt === TRIES) throw error;
    }
  }
}

/** Another process has brought the same batch first. */
class Overtaken extends Error {}

/** A key that is called as one of our own columns, in whatever letters, is told apart from it. */
function keyName(key: string): string {
  return COLUMNS.some(({ name }) => name === key.toLowerCase()) ? `key_${key}` : key;
}
