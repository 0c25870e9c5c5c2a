import type { Node } from '../../../graph/index.ts';
import type { SourceBody } from '../spec.ts';
import type { StreamSpec } from './spec.ts';

/**
 * Rows that come over HTTP: `POST /v1/ingest/SOURCE` with one row, an array or JSON lines. Each row is judged by the contract at the
 * door and is on disk before the answer. Where the contract has a key, a row takes the place of the earlier one of its key, so that
 * posting it again adds nothing. References and `rowWhere` cannot be judged at the door and are refused by `check`.
 */
export function stream(): { readonly connector: 'stream' } & StreamSpec {
  return Object.freeze({ connector: 'stream' });
}

/** Whether an asset is a source that rows are posted to. */
export const isStream = (node: Node | undefined): node is Node<SourceBody> =>
  node?.kind === 'source' && (node as Node<SourceBody>).body.from.connector === 'stream';
