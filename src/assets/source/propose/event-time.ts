import type { Session } from '../../../engine/index.ts';
import type { KeyCandidate } from './key.ts';
import { wordsOf } from './personal.ts';

const HAPPENED =
  /(^|_)(event|occurred|happened|paid|ordered|created|started|pickup|invoice|transaction|time|timestamp|ts|datetime|date)(_|$)/;
const LATER =
  /(^|_)(updated|modified|deleted|ended|end|dropoff|closed|expires|expiry|due|until|loaded|birth|dob)(_|$)/;
/** 1700-01-01 and 2254-01-01 in microseconds: what an instant of an event can be. */
const EARLIEST = Date.UTC(1700, 0, 1) * 1000;
const LATEST = Date.UTC(2254, 0, 1) * 1000;

/** The timestamp column that says when a row happened, with whether it rises along the files; undefined for none. */
export async function eventTime(
  session: Session,
  from: string,
  candidates: readonly KeyCandidate[],
  files: number,
): Promise<{ readonly name: string; readonly rises: boolean } | undefined> {
  const found: { name: string; rises: boolean; score: number }[] = [];
  for (const [place, { column, facts, sql }] of candidates.entries()) {
    const fit = facts.fits.get('timestamp');
    if (column.type !== 'timestamp' || column.pii || fit?.min == null || fit.max == null) continue;
    if (fit.min < EARLIEST || fit.max >= LATEST) continue;
    const words = wordsOf(column.name);
    if (/birth|(^|_)dob($|_)/.test(words)) continue;
    const rises = facts.distinct > 1 && (await fallsOf(session, from, sql)) < files;
    const score =
      (rises ? 4 : 0) + (HAPPENED.test(words) ? 2 : 0) - (LATER.test(words) ? 3 : 0) - place / 1000;
    found.push({ name: column.name, rises, score });
  }
  const [best] = found.sort((a, b) => b.score - a.score);
  return best && { name: best.name, rises: best.rises };
}

/** How often a row is earlier than the one before it; between files it may be. */
async function fallsOf(session: Session, from: string, sql: string): Promise<number> {
  const [row] = await session.rows<{ falls: number }>(
    `select count(*) filter (where here < prior) as falls from (select here, lag(here) over () as prior from (select ${sql} as here from ${from}))`,
  );
  return Number(row?.falls ?? 0);
}
