import { MillraceError } from '../../base/index.ts';
import { type ChangeEntry, newTableValue } from './change-text.ts';

/** What a change means to others at work on the same table. `replace` reads the whole table and is a delete and an insert. */
export type Intent =
  | { readonly kind: 'create'; readonly table: string }
  | {
      readonly kind: 'append' | 'replace' | 'drop' | 'alter' | 'compact';
      readonly table: string;
      readonly id: number;
    };

// DuckLake's matrix, mine (left) against theirs (right). Two appends add up, and so do an append of theirs and
// a new column of mine. Inlined rows and deletes count as rows and deletes.
const inserted = ['inserted_into_table', 'inlined_insert'];
const deleted = ['deleted_from_table', 'inlined_delete'];
const compacted = ['merge_adjacent', 'rewrite_delete', 'compacted_table', 'flushed_inlined', 'inline_flush'];
const clashes: Readonly<Record<Exclude<Intent['kind'], 'create'>, readonly string[]>> = {
  append: ['dropped_table', 'altered_table', ...deleted],
  replace: ['dropped_table', 'altered_table', ...inserted, ...deleted, ...compacted],
  drop: ['dropped_table'],
  alter: ['dropped_table', 'altered_table'],
  compact: ['dropped_table', 'altered_table', ...deleted, ...compacted],
};

/** The schema everything is in. */
const MAIN_SCHEMA = '0';

/**
 * Compares what is about to be done with what others have committed since it was thought out.
 * @throws MILL_LAKE_CONFLICT (retry: true) for the first pair that does not add up.
 */
export function refuseConflicts(mine: readonly Intent[], theirs: readonly ChangeEntry[]): void {
  if (theirs.length === 0) return;
  for (const intent of mine)
    for (const entry of theirs) if (clash(intent, entry)) throw conflict(intent, entry);
}

function clash(mine: Intent, theirs: ChangeEntry): boolean {
  if (theirs.kind === 'dropped_schema') return theirs.value === MAIN_SCHEMA;
  if (mine.kind !== 'create')
    return clashes[mine.kind].includes(theirs.kind) && theirs.value === String(mine.id);
  const created = theirs.kind === 'created_table' || theirs.kind === 'created_view';
  return created && theirs.value.toLowerCase() === newTableValue(mine.table).toLowerCase();
}

const deed: Readonly<Record<Intent['kind'], string>> = {
  create: 'create',
  append: 'append to',
  replace: 'replace',
  drop: 'drop',
  alter: 'alter',
  compact: 'compact',
};

function conflict(mine: Intent, theirs: ChangeEntry): MillraceError {
  return new MillraceError({
    code: 'MILL_LAKE_CONFLICT',
    message: `Another commit came first: this one was to ${deed[mine.kind]} '${mine.table}', but meanwhile there was '${theirs.kind}' on it.`,
    todo: 'Run again: it will start from the newest snapshot.',
    owner: 'service',
    retry: true,
  });
}
