import { fingerprint, formatInstant, type Instant, type Json } from '../../../base/index.ts';
import { type ContractSpec, pointerTo, stepsOf, valueAt } from '../../contract/index.ts';
import type { Delivery } from '../connector.port.ts';
import { RowDigest, rowHash } from '../row-digest.ts';
import { openSpool } from '../spool.ts';
import { type Place, placeOf, textOf } from './cursor-place.ts';
import type { Outside } from './outside.ts';
import { labelOf, pages } from './pages.ts';
import { wrong } from './request.ts';
import type { HttpSpec } from './spec.ts';

/** Records from the edge on whose hashes are remembered. More would make a version's record too large. */
const KNOWN = 50_000;

/** How far a source has come. */
export type HttpProgress = {
  /** What is sent as `since`; null: everything is asked for. */
  readonly from: string | null;
  /** Hashes of the records that were delivered and lie on or after `from`: delivered again, they are not new. */
  readonly known: readonly string[];
  /** Of all records, where everything is asked for. */
  readonly rows: number;
  readonly digest: string;
};

export interface Pull {
  readonly deliveries: readonly Delivery[];
  readonly rows: number;
  readonly bytes: number;
  /** The fingerprint of what was fetched. */
  readonly print: string;
  /** Whether it was not there before. */
  readonly news: boolean;
  readonly next: HttpProgress;
}

export interface PullOptions {
  readonly spec: HttpSpec;
  readonly contract: ContractSpec;
  readonly before: HttpProgress | undefined;
  readonly now: Instant;
  readonly outside: Outside;
  readonly fileAt: (n: number) => string;
  readonly progress?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

export function progressOf(json: Json | undefined): HttpProgress | undefined {
  return json as unknown as HttpProgress | undefined;
}

/** Fetches what is new and keeps it as files; tells what to ask next time. */
export async function pull(options: PullOptions): Promise<Pull> {
  const { spec, contract, before, outside } = options;
  const { since } = spec;
  const column = since && contract.columns.find(({ name }) => name === since.cursor);
  const type = column?.type ?? 'string';
  const steps = column === undefined ? [] : stepsOf(pointerTo(column));
  const from = since === undefined ? null : (before?.from ?? null);
  const edge = from === null ? undefined : placeOf(type, from);
  const known = new Set(from === null ? [] : before?.known);
  const digest = new RowDigest();
  const spool = openSpool(labelOf(spec), options.fileAt);
  const delivered: Seen[] = [];
  let greatest: { place: Place; text: string } | undefined;
  let bytes = 0;
  try {
    for await (const records of pages(spec, from ?? undefined, outside)) {
      options.signal?.throwIfAborted();
      const lines: string[] = [];
      for (const record of records) {
        const line = JSON.stringify(record);
        if (since !== undefined) {
          const cell = valueAt(record, steps);
          const place = placeOf(type, cell);
          // A service that does not know `since` gives what is older too.
          if (place !== undefined && edge !== undefined && place < edge) continue;
          const hash = rowHash(line);
          delivered.push({ hash, place });
          if (place !== undefined && (greatest === undefined || place > greatest.place))
            greatest = { place, text: textOf(cell) as string };
          if (known.has(hash)) continue;
        }
        digest.add(line);
        bytes += line.length + 1;
        lines.push(line);
      }
      await spool.write(lines);
      options.progress?.(digest.rows);
    }
    const deliveries = await spool.end();
    const next = since === undefined ? undefined : nextEdge(options, greatest, delivered, from, type);
    if (next === undefined) {
      const all = { rows: digest.rows, digest: digest.sum };
      const news = before === undefined || before.rows !== all.rows || before.digest !== all.digest;
      const progress = { from: null, known: [], ...all };
      return { deliveries, rows: digest.rows, bytes, print: fingerprint(all), news, next: progress };
    }
    const news = before === undefined || digest.rows > 0;
    const print = fingerprint({ from, rows: digest.rows, digest: digest.sum });
    return { deliveries, rows: digest.rows, bytes, print, news, next };
  } finally {
    await spool.abandon();
  }
}

interface Seen {
  readonly hash: string;
  readonly place: Place | undefined;
}

function nextEdge(
  { spec, contract, now }: PullOptions,
  greatest: { place: Place; text: string } | undefined,
  delivered: readonly Seen[],
  before: string | null,
  type: ContractSpec['columns'][number]['type'],
): HttpProgress {
  const { lookBack } = spec.since as NonNullable<HttpSpec['since']>;
  let from = greatest?.text ?? before;
  // A time in the future, of a clock that runs wrong, must not put off all that is yet to come.
  if (greatest !== undefined && lookBack !== undefined)
    from = formatInstant(Math.min(greatest.place as Instant, now) - lookBack);
  const edge = from === null ? undefined : placeOf(type, from);
  const known = new Set<string>();
  for (const { hash, place } of delivered)
    if (place === undefined || edge === undefined || place >= edge) known.add(hash);
  if (known.size > KNOWN && contract.key.length === 0)
    throw wrong(
      { label: labelOf(spec) },
      `more than ${KNOWN} records stand at its last '${spec.since?.cursor}', so that new ones cannot be told from those that were read; declare a key`,
    );
  return { from, known: known.size > KNOWN ? [] : [...known].sort(), rows: 0, digest: '' };
}
