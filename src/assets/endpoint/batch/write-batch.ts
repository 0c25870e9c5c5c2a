import { renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { MillraceError, quoteName, quoteText } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Batch } from '../../../store/state/index.ts';

/** Writes the rows of a batch as a Parquet file, which is there whole or not at all. @throws MILL_BATCH_TARGET */
export async function writeBatch(
  { engine, lake }: Workspace,
  { id, target, snapshot }: Batch,
  to: string,
): Promise<void> {
  assertParquet(to);
  const table = lake.table(target, snapshot) as TableState;
  const path = resolve(to);
  const half = `${path}.${process.pid}.half`;
  // Instants say that they are in UTC, so that readers elsewhere need not guess.
  const columns = table.columns.map(({ name, type }) =>
    type === 'timestamp' ? `${quoteName(name)} at time zone 'UTC' as ${quoteName(name)}` : quoteName(name),
  );
  const session = await engine.session();
  try {
    await session.run(
      `copy (select ${columns.join(', ')} from ${session.scan(table)} where batch = ${quoteText(id)} order by "row")
       to ${quoteText(half)} (format parquet, compression zstd)`,
    );
    renameSync(half, path);
  } finally {
    rmSync(half, { force: true });
    session.close();
  }
}

/** The path, if the answers about `source` can be written there. @throws MILL_BATCH_TARGET */
export function assertOut(to: string, source: string): string {
  assertParquet(to);
  if (!isSameFile(to, source)) return to;
  throw new MillraceError({
    code: 'MILL_BATCH_TARGET',
    message: `'${to.slice(0, 200)}' is the file that is to be scored.`,
    todo: 'Name another for the answers: its rows would be lost.',
    owner: 'project',
  });
}

/** By whatever names: a link leads to the same file. */
function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** @throws MILL_BATCH_TARGET */
function assertParquet(to: string): void {
  if (to.endsWith('.parquet')) return;
  throw new MillraceError({
    code: 'MILL_BATCH_TARGET',
    message: `'${to.slice(0, 200)}' does not end in .parquet.`,
    todo: 'Answers are written as Parquet: name a file that ends so.',
    owner: 'project',
  });
}
