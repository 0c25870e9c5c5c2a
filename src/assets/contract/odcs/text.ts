import { parseDocument, stringify } from 'yaml';
import type { Json, JsonObject } from '../../../base/index.ts';
import { invalid } from './invalid.ts';

/** Longer documents are no contracts that people wrote. */
const LONGEST = 5_000_000;

/** A document as YAML. */
export function odcsText(document: JsonObject): string {
  return stringify(document, { lineWidth: 120, aliasDuplicateObjects: false });
}

/** A document from YAML, of which JSON is a part. @throws MILL_ODCS_INVALID naming line and column. */
export function parseOdcs(text: string): Json {
  if (text.length > LONGEST)
    throw invalid(`It has ${text.length} characters.`, `Give a document of at most ${LONGEST}.`);
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw invalid(`It is not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}.`, 'Correct it there.');
  try {
    // The bound on aliases keeps a small text from becoming a huge document.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return JSON.parse(JSON.stringify(value ?? null)) as Json;
  } catch (cause) {
    throw invalid(`It cannot be read: ${String(cause)}.`, 'Write it without so many aliases.');
  }
}
