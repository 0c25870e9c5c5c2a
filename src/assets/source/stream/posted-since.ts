import type { Instant } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { cellOf } from '../../contract/index.ts';
import { sourceVersionOf } from '../version.ts';
import { progressOf, readPosted } from './log-reading.ts';
import { ingestLog } from './record.ts';
import { rowReader } from './row-text.ts';

/** A row of a source's log that its contract lets in, with the record it stands in. */
export interface RowOfLog {
  readonly stream: string;
  readonly index: number;
  /** When it became durable. */
  readonly at: Instant;
  readonly line: string;
  /** As the table will have it; null for what is not there. Instants are microseconds. */
  readonly cells: Readonly<Record<string, string | number | boolean | null>>;
}

export interface PostedSince {
  /** Stream by stream, each in order: as the table will take them. */
  readonly rows: readonly RowOfLog[];
  /** Whether the log may no longer have all of them. */
  readonly trimmed: boolean;
}

/**
 * The good rows that were posted after what a version of their source has, up to a position (exclusive, by stream; absent: all there are).
 * Of rows that are not wanted only the cells of the key are kept, as they may stand in place of one that is; without a key, nothing.
 * Rows set aside at the door and repeated parts of requests are left out, as they are when the table takes them.
 */
export async function postedSince(
  workspace: Workspace,
  version: Version,
  upTo?: Readonly<Record<string, number>>,
  isWanted: (cells: RowOfLog['cells']) => boolean = () => true,
): Promise<PostedSince> {
  const { connector, contract, reached } = sourceVersionOf(version);
  if (connector !== 'stream' || contract === undefined) return { rows: [], trimmed: false };
  const from = progressOf(reached?.progress);
  const name = ingestLog(version.asset);
  const wanted = upTo && new Map(Object.entries(upTo));
  const read = rowReader(contract);
  const columns = contract.columns.map(({ name: column, type }) => ({ column, typed: cellOf(type) }));
  const rows: RowOfLog[] = [];
  await readPosted(
    await workspace.log(name),
    from,
    workspace.clock.now(),
    ({ at, lines, aside }, { stream, index }) => {
      const out = new Set(aside);
      for (const [i, line] of lines.split('\n').entries()) {
        const { value } = read(line);
        if (out.has(i) || value === undefined) continue;
        const cells = columns.map(({ column, typed }) => {
          const cell = Object.hasOwn(value, column) ? value[column] : null;
          return [column, cell === null || cell === undefined ? null : (typed(cell) ?? null)] as const;
        });
        const row = { stream, index, at, line, cells: Object.fromEntries(cells) };
        if (isWanted(row.cells)) rows.push(row);
        else if (contract.key.length > 0) {
          const kept = cells.map(([column, cell]) => [column, contract.key.includes(column) ? cell : null]);
          rows.push({ ...row, line: '', cells: Object.fromEntries(kept) });
        }
      }
    },
    wanted,
  );
  // Trimmed up to where it counts from, at most: what a version behind that has not may be gone.
  const start = workspace.state.logStart(name);
  const gone = start === undefined ? new Map<string, number>() : progressOf(start.progress).ends;
  const trimmed = [...gone].some(([stream, index]) => {
    const to = Math.min(index, wanted === undefined ? index : (wanted.get(stream) ?? 0));
    return to > (from.ends.get(stream) ?? 0);
  });
  return { rows, trimmed };
}
