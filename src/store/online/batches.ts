import { canonicalJson } from '../../base/index.ts';
import { keyText } from './key-text.ts';
import type { Entry } from './online.port.ts';

/** A change as it is written: plain text, made before any transaction begins, so that nothing can fail within one. */
export interface Change {
  /** Of an entity. */
  readonly key: string;
  /** JSON; undefined to remove it. */
  readonly state: string | undefined;
  readonly expires: number | undefined;
}

export function changeOf(change: Entry | { readonly entity: string }): Change {
  const { entity, state, expires } = change as Partial<Entry> & { readonly entity: string };
  return {
    key: keyText(entity),
    state: state === undefined ? undefined : JSON.stringify(state),
    expires: state === undefined ? undefined : expires,
  };
}

/** A coverage as it is kept and compared: equal as JSON is equal as text. */
export const standingText = canonicalJson;

/** What bounds a batch, and with it memory and how long others wait for a transaction. */
const MOST_CHANGES = 1000;
const MOST_CHARACTERS = 1 << 22;

/** Entries as changes, in batches. */
export async function* batches(entries: AsyncIterable<Entry>): AsyncGenerator<Change[]> {
  let batch: Change[] = [];
  let characters = 0;
  for await (const entry of entries) {
    const change = changeOf(entry);
    batch.push(change);
    characters += change.key.length + (change.state?.length ?? 0);
    if (batch.length < MOST_CHANGES && characters < MOST_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}
