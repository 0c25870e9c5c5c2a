import { join } from 'node:path';
import { bug, reveal } from '../../../base/index.ts';
import type { Reading, ReadOptions } from '../connector.port.ts';
import { openSpool } from '../spool.ts';
import { assertFits, labelOf, printOf, progressAfter, progressOf, seenOf, wantedSql } from './arrivals.ts';
import { type Connection, connect } from './driver.ts';
import type { PostgresSpec } from './spec.ts';

/** Rows are fetched in portions of about this size, so that neither wide rows nor many fill the memory. */
const PORTION_BYTES = 4 * 1024 * 1024;
const PORTION_ROWS = 10_000;

/** Reads the wanted rows, their digest and the next edge in one snapshot of the database. */
export async function readPostgres(options: ReadOptions<PostgresSpec>): Promise<Reading> {
  const { spec, contract, recorded, extend, tempFolder, progress, signal } = options;
  const incremental = spec.cursor !== undefined;
  const before = extend && incremental ? progressOf(recorded?.progress) : undefined;
  const connection = await connect(reveal(spec.url), spec.timeout / 1000);
  const spool = openSpool(labelOf(spec), (n) => join(tempFolder, `rows-${n}.jsonl`));
  try {
    await assertFits(connection, spec, contract);
    const sql = wantedSql(spec, contract, before);
    const seen = await seenOf(connection, sql, incremental);
    const names = contract.columns.map(({ name }) => name);
    let rows = 0;
    for await (const portion of portions(connection, incremental ? `${sql} order by _mill_cursor` : sql)) {
      signal.throwIfAborted();
      await spool.write(portion.map((row) => lineOf(names, row)));
      rows += portion.length;
      progress(
        Math.min(0.5, (0.5 * rows) / Math.max(1, seen.rows)),
        `${rows.toLocaleString('en')} rows fetched`,
      );
    }
    if (rows !== seen.rows)
      throw bug(`PostgreSQL counted ${seen.rows} rows and gave ${rows} in one snapshot.`);
    const deliveries = await spool.end();
    const next = incremental
      ? await progressAfter(connection, spec, contract, seen.to ?? before?.to ?? null, before)
      : { to: null, from: null, rows: seen.rows, digest: seen.digest };
    return {
      deliveries,
      form: { format: 'jsonl', nulls: [] },
      leaving: extend && !incremental ? (recorded?.loads ?? []).map(({ load }) => load) : [],
      replaces: incremental,
      progress: next,
      seen: printOf(before, seen),
      from: labelOf(spec),
    };
  } finally {
    await spool.abandon();
    await connection.close();
  }
}

type Row = Readonly<Record<string, string | null>>;

/** Rows through a cursor of the server. The first portion is small; its width tells how many fit into one. */
async function* portions(connection: Connection, sql: string): AsyncGenerator<readonly Row[]> {
  await connection.query(`declare _mill_rows no scroll cursor for ${sql}`);
  let wanted = 100;
  for (;;) {
    const { rows } = await connection.query(`fetch forward ${wanted} from _mill_rows`);
    if (rows.length === 0) return;
    yield rows;
    if (rows.length < wanted) return;
    const letters = rows.reduce((sum, row) => sum + widthOf(row), 0);
    const fit = Math.floor((PORTION_BYTES * rows.length) / Math.max(1, letters));
    // At most twice as many as before: wide rows may follow narrow ones.
    wanted = Math.max(1, Math.min(PORTION_ROWS, fit, wanted * 2));
  }
}

function widthOf(row: Row): number {
  let letters = 0;
  for (const cell of Object.values(row)) letters += cell?.length ?? 0;
  return letters;
}

function lineOf(names: readonly string[], row: Row): string {
  return `{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(row[name])}`).join(',')}}`;
}
