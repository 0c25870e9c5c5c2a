import type { ColumnFacts } from './facts.ts';

/** What people and programs write for a missing number or date. */
const MISSING = /^(#?n\/?a|null|\(null\)|none|nan|nil|\\n|\?|-|--|\.|missing|nat)$/i;
/** Of these, what is hardly ever a value of a text column; `NA` is Namibia, `None` an answer. */
const NEVER_TEXT = /^(#?n\/a|null|\(null\)|nan|\\n|\?)$/i;

/**
 * Texts that mean a missing cell, besides the empty one: those that stand among numbers or dates, and those that are no value in any
 * column. A text with white space around it counts as it is written, since text cells are compared so.
 */
export function nullTexts(columns: readonly ColumnFacts[]): string[] {
  const found = new Set<string>();
  for (const { form, misfits, values } of columns) {
    if (form !== 'text') continue;
    for (const { text } of misfits?.texts ?? []) if (MISSING.test(text.trim())) found.add(text.trim());
    for (const { text } of values ?? []) if (NEVER_TEXT.test(text.trim())) found.add(text);
  }
  return [...found].sort();
}
