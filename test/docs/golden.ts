import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../house/tree.ts';

/** A document of the checkout. */
export const documentOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** A text that a document shows: where, and what it should be. */
export interface Shown {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly shown: string;
  readonly real: string;
}

/** Fails at the first difference between a document and what is real. UPDATE_DOCS=1 mends the document instead. */
export function hold(file: string, differences: readonly Shown[]): void {
  if (process.env['UPDATE_DOCS'] === '1') {
    let text = documentOf(file);
    for (const { from, to, real } of differences.toReversed())
      text = text.slice(0, from) + real + text.slice(to);
    writeFileSync(join(root, file), text);
    return;
  }
  const [first] = differences;
  if (first)
    assert.equal(
      first.real,
      first.shown,
      `${file}:${first.line} shows something else; \`UPDATE_DOCS=1 npm test -- docs\` mends it`,
    );
}

/** The one block with this mark, compared with what is real. */
export function block(file: string, mark: string, real: string): Shown[] {
  const text = documentOf(file);
  const start = text.indexOf(`\n\`\`\`${mark}\n`);
  assert.ok(start >= 0, `${file} has no block '${mark}'`);
  const from = start + mark.length + 5;
  const to = text.indexOf('\n```', from - 1) + 1;
  const shown = text.slice(from, to);
  return shown === real ? [] : [{ line: text.slice(0, from).split('\n').length, from, to, shown, real }];
}
