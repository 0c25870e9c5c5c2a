import { join } from 'node:path';
import { DAY, type Instant } from '../src/base/index.ts';
import type { Session } from '../src/engine/index.ts';

// Payments of cards over sixty days and questions about the last thirty, the same for the same size on every machine: all values are
// hashes of the row's number. Instants are whole seconds, so that there are ties and edges of windows.

export const START: Instant = 20_000 * DAY;
export const ASKED = { from: START + 30 * DAY, to: START + 60 * DAY };

export interface Size {
  readonly events: number;
  readonly asks: number;
  readonly entities: number;
}

const pick = (salt: number, of: number | string): string => `(hash(i * 16 + ${salt}) % ${of})::BIGINT`;
const seconds = (micros: string): string => `${micros} // 1000000 * 1000000`;

/** Writes payments.parquet, in the order of time as a log has it, and asks.parquet, in no order. */
export async function writeHistory(session: Session, folder: string, size: Size): Promise<void> {
  const { events, asks, entities } = size;
  const card = (salt: number): string => `'card' || ${pick(salt, entities)}`;
  const event = seconds(`(${START} + (i::DOUBLE / ${events} * ${60 * DAY})::BIGINT)`);
  await session.run(`copy (select i as _row_id, card_id, amount, make_timestamp(event) as paid_at, make_timestamp(event + delay) as known_at
    from (select i, ${card(1)} as card_id, ${pick(2, 100_000)} / 100 as amount, ${event} as event, ${pick(3, 600)} * 1000000 as delay from range(${events}) t(i)))
    to '${join(folder, 'payments.parquet')}' (format parquet)`);
  const asked = seconds(`(${ASKED.from} + ${pick(5, ASKED.to - ASKED.from)})`);
  await session.run(`copy (select i as _ask, ${card(4)} as _entity, ${asked} as _at from range(${asks}) t(i))
    to '${join(folder, 'asks.parquet')}' (format parquet)`);
}

/** The two files as the relations `events` and `asks`. */
export async function seeHistory(session: Session, folder: string): Promise<void> {
  await session.run(
    `create temp view events as select * from read_parquet('${join(folder, 'payments.parquet')}')`,
  );
  await session.run(`create temp view asks as select * from read_parquet('${join(folder, 'asks.parquet')}')`);
}
