import { quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import { isIdentifier } from './column.ts';
import type { ColumnFacts } from './facts.ts';
import type { ProposedColumn } from './proposal.ts';

/** A column that could be a key or part of one: it is never missing, has no misfits, and names things or tells when. */
export interface KeyCandidate {
  readonly column: ProposedColumn;
  readonly facts: ColumnFacts;
  /** SQL of its cell. */
  readonly sql: string;
}

/** Fewer rows are unique in anything. */
const FEWEST_FOR_ONE = 2;
const FEWEST_FOR_PAIR = 20;
/** Pairs are tried among this many columns, on so many rows before all. */
const MOST_COLUMNS = 8;
const SAMPLE_ROWS = 20_000;

/** The column, or the smallest pair, that no two rows share; [] for none that a person would believe in. */
export async function candidateKey(
  session: Session,
  from: string,
  candidates: readonly KeyCandidate[],
  order: readonly string[],
): Promise<string[]> {
  const rows = candidates[0]?.facts.rows ?? 0;
  const single = candidates
    .filter(({ facts }) => rows >= FEWEST_FOR_ONE && facts.distinct >= rows * 0.6)
    .map((candidate) => ({ candidate, score: scoreOf(candidate, order) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  for (const { candidate } of single)
    if (await isUnique(session, from, [candidate.sql])) return [candidate.column.name];
  if (rows < FEWEST_FOR_PAIR) return [];
  const parts = candidates
    .filter(({ column, facts }) => isPart(column) && facts.distinct > 1 && facts.distinct <= rows * 0.8)
    .sort((a, b) => b.facts.distinct - a.facts.distinct)
    .slice(0, MOST_COLUMNS);
  const pairs = parts
    .flatMap((a, i) => parts.slice(i + 1).map((b) => [a, b] as const))
    // Two times name nothing, and two columns of few values cannot tell all rows apart; the counts are estimates.
    .filter(([a, b]) => a.column.type !== 'timestamp' || b.column.type !== 'timestamp')
    .filter(([a, b]) => a.facts.distinct * b.facts.distinct * 1.5 >= rows)
    .sort((x, y) => likelihood(y, order) - likelihood(x, order));
  for (const [a, b] of pairs) {
    const pair = [a.sql, b.sql];
    const some = `(from ${from} limit ${SAMPLE_ROWS})`;
    if (!(await isUnique(session, some, pair))) continue;
    if (rows > SAMPLE_ROWS && !(await isUnique(session, from, pair))) continue;
    return [a, b].map(({ column }) => column.name).sort((x, y) => order.indexOf(x) - order.indexOf(y));
  }
  return [];
}

/** Names that say so, and first places, make a key likely; measures and prose that happen to differ do not. */
function scoreOf({ column, facts }: KeyCandidate, order: readonly string[]): number {
  const first = order[0] === column.name ? 5 : 0;
  const named = isIdentifier(column.name) ? 10 : 0;
  const place = -order.indexOf(column.name) / 1000;
  switch (column.type) {
    case 'integer': {
      const { min, max } = facts.fits.get('integer') ?? { min: null, max: null };
      const serial = min !== null && max !== null && max - min + 1 === facts.rows && facts.rows > 20 ? 3 : 0;
      return first + named + serial + place;
    }
    case 'string': {
      const prose = facts.sample.some((text) => /\S\s+\S/.test(text)) ? -10 : 0;
      return 1 + first + named + prose + place;
    }
    case 'timestamp':
      return 0.5 + place;
    default:
      return 0;
  }
}

/** Columns that say that they name things come first, then those that stand first in the file. */
function likelihood(pair: readonly [KeyCandidate, KeyCandidate], order: readonly string[]): number {
  return pair.reduce(
    (sum, { column }) => sum + (isIdentifier(column.name) ? 1 : 0) - order.indexOf(column.name) / 1000,
    0,
  );
}

function isPart(column: ProposedColumn): boolean {
  if (column.type === 'timestamp') return true;
  if (column.type === 'string') return column.notes.every((note) => !note.startsWith('dates in several'));
  return column.type === 'integer' && isIdentifier(column.name);
}

async function isUnique(session: Session, from: string, cells: readonly string[]): Promise<boolean> {
  const names = cells.map((_, i) => quoteName(`k${i}`));
  const [row] = await session.rows<{ twice: boolean }>(
    `select exists (select 1 from (select ${cells.map((sql, i) => `${sql} as ${names[i]}`).join(', ')} from ${from}) group by ${names.join(', ')} having count(*) > 1) as twice`,
  );
  return row?.twice === false;
}
