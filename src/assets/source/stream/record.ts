import type { Instant, JsonObject } from '../../../base/index.ts';
import type { LogRecord } from '../../../store/log/index.ts';

/** The log in which a source's rows are durable before they are acknowledged. */
export const ingestLog = (source: string): string => `${INGEST}${source}`;
const INGEST = 'ingest-';

/** Whose posted rows a log holds; undefined when it holds something else. */
export const sourceOfLog = (log: string): string | undefined =>
  log.startsWith(INGEST) ? log.slice(INGEST.length) : undefined;

/** A part of a request that repeats itself under the same Idempotency-Key. */
export interface RequestPart {
  readonly key: string;
  /** Its place in the request, from 0. */
  readonly part: number;
  /** SHA-256 of the rows as they came. */
  readonly hash: string;
}

/** What one record of the log holds: rows that became durable together. */
export interface Posted {
  readonly at: Instant;
  /** JSON lines, one for each row. */
  readonly lines: string;
  /** Places in `lines` of rows that were set aside. */
  readonly aside: readonly number[];
  readonly request?: RequestPart;
}

export function recordOf({ at, lines, aside, request }: Posted): JsonObject {
  return {
    at,
    lines,
    ...(aside.length === 0 ? {} : { aside }),
    ...(request === undefined ? {} : { key: request.key, part: request.part, hash: request.hash }),
  };
}

export function postedOf({ value }: LogRecord): Posted {
  const {
    at,
    lines,
    aside = [],
    key,
    part,
    hash,
  } = value as unknown as Omit<Posted, 'aside'> & Partial<RequestPart> & { aside?: readonly number[] };
  return {
    at,
    lines,
    aside,
    ...(key === undefined ? {} : { request: { key, part: part as number, hash: hash as string } }),
  };
}

export const partName = ({ key, part }: Pick<RequestPart, 'key' | 'part'>): string => `${part} ${key}`;
