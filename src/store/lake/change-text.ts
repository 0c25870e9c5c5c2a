import { bug, quoteName } from '../../base/index.ts';

/** One entry of `changes_made`: what was done, to an object's id or, when it was new, to its quoted name. */
export interface ChangeEntry {
  readonly kind: string;
  readonly value: string;
}

/** The kinds of DuckLake 1.0. Its reader throws on any other, so none may be invented. */
export const changeKinds: ReadonlySet<string> = new Set([
  'created_schema',
  'created_table',
  'created_view',
  'created_scalar_macro',
  'created_table_macro',
  'dropped_schema',
  'dropped_table',
  'dropped_view',
  'dropped_scalar_macro',
  'dropped_table_macro',
  'altered_table',
  'altered_view',
  'inserted_into_table',
  'deleted_from_table',
  'inlined_insert',
  'inlined_delete',
  'flushed_inlined',
  'inline_flush',
  'merge_adjacent',
  'rewrite_delete',
  'compacted_table',
]);

/** How a new table is named in a change: `"main"."rides"`. */
export function newTableValue(table: string): string {
  return `${quoteName('main')}.${quoteName(table)}`;
}

/** `kind:value` with commas between; the same entry only once. */
export function changeText(entries: readonly ChangeEntry[]): string {
  return [...new Set(entries.map(({ kind, value }) => `${kind}:${value}`))].join(',');
}

/** Reads `changes_made`. Commas and colons within a quoted name belong to the name. */
export function parseChanges(text: string): ChangeEntry[] {
  const entries: ChangeEntry[] = [];
  for (const part of splitOutsideQuotes(text)) {
    const colon = part.indexOf(':');
    const kind = part.slice(0, colon);
    if (colon < 0 || !changeKinds.has(kind))
      throw bug(`The catalog names a change '${part}' of no known kind.`);
    entries.push({ kind, value: part.slice(colon + 1) });
  }
  return entries;
}

function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    // A doubled quote inside a name leaves and enters again, which comes to the same.
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === ',' && !quoted) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}
