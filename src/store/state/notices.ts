import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { isGone, thisProcess } from './process.ts';

/** Something that is amiss with an asset, or has been. */
export interface Notice {
  /** Empty for the project as a whole. */
  readonly asset: string;
  /** Which problem it is: stays the same while counts and words change. */
  readonly problem: string;
  /** The sort of problem, in one word. */
  readonly what: string;
  readonly message: string;
  readonly todo: string;
  /** The run that found it; null when it was found while nothing ran. */
  readonly run: string | null;
  readonly version: string | null;
  /** When it began. */
  readonly at: Instant;
  /** False once it is over. */
  readonly open: boolean;
}

/** Who sends what is due: a name of its own for each that does, until when nobody else does the same. Instants of the real clock. */
export interface Claim {
  readonly by: string;
  readonly now: Instant;
  readonly until: Instant;
}

/**
 * What owners are to be told: each problem once when it is there and once when it is over, over all processes. It is due from being
 * remembered until it is settled, so nothing is lost when a process dies or a receiver is down; who dies between sending and settling
 * has it sent twice.
 */
export interface Notices {
  /** The problem is there, as it was or anew. What was not told yet is told in these words. */
  found(notice: Omit<Notice, 'at' | 'open'>, at: Instant): void;
  /**
   * The problem was not there at an instant. It is over when it has not been found for a while before, so that what comes and goes is
   * told once. What nobody was told of is forgotten.
   */
  gone(asset: string, problem: string, at: Instant, quiet?: number): void;
  /** Forgets a problem, told or not. */
  drop(asset: string, problem: string): void;
  /** All that are open, oldest first. */
  open(): Notice[];
  /** Those to be told: open and not told, or told and over; less what somebody is at. Oldest first. */
  due(now: Instant): Notice[];
  /** Takes what is still due, so that nobody else tells it; gives what it got. */
  claim(notices: readonly Notice[], claim: Claim): Notice[];
  /** Ends a claim: the notices have been told as they are, or not. */
  settle(notices: readonly Notice[], by: string, told: boolean): void;
}

interface NoticeRow extends Omit<Notice, 'open'> {
  readonly open: 0 | 1;
  readonly claim: string | null;
  readonly process: string | null;
  readonly until: Instant | null;
}

const columns = 'asset, problem, what, message, todo, run, version, at, open, claim, process, until';

/** @param holder whose claims these are; another than this process only in tests */
export function openNotices(database: Database, holder: string = thisProcess): Notices {
  const isFree = ({ until, process }: NoticeRow, now: Instant): boolean =>
    until === null || until < now || (process !== null && isGone(process));
  const rows = (where: string, ...params: (string | number)[]): NoticeRow[] =>
    database.all<NoticeRow>(`select ${columns} from mill_notice where ${where} order by at, rowid`, params);
  /** Over, and nobody knows of it. */
  const forget = (): void => {
    database.run('delete from mill_notice where open = 0 and told = 0 and until is null');
  };
  return {
    found: ({ asset, problem, what, message, todo, run, version }, at) => {
      database.run(
        `insert into mill_notice (asset, problem, what, message, todo, run, version, at, seen, open, told)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, 0)
         on conflict (asset, problem) do update set seen = excluded.seen, open = 1,
           message = iif(told = 0 and claim is null, excluded.message, message),
           todo = iif(told = 0 and claim is null, excluded.todo, todo),
           run = iif(told = 0 and claim is null, excluded.run, run),
           version = iif(told = 0 and claim is null, excluded.version, version)`,
        [asset, problem, what, message, todo, run, version, at],
      );
    },
    gone: (asset, problem, at, quiet = 0) =>
      database.transaction(() => {
        database.run(
          'update mill_notice set open = 0 where asset = ? and problem = ? and open = 1 and seen <= ?',
          [asset, problem, at - quiet],
        );
        forget();
      }),
    drop: (asset, problem) => {
      database.run('delete from mill_notice where asset = ? and problem = ?', [asset, problem]);
    },
    open: () => rows('open = 1').map(noticeOf),
    due: (now) =>
      rows('open <> told')
        .filter((row) => isFree(row, now))
        .map(noticeOf),
    claim: (notices, { by, now, until }) =>
      database.transaction(() =>
        notices.filter(({ asset, problem, open }) => {
          const [row] = rows(
            'asset = ? and problem = ? and open <> told and open = ?',
            asset,
            problem,
            +open,
          );
          if (row === undefined || !isFree(row, now)) return false;
          database.run(
            'update mill_notice set claim = ?, process = ?, until = ? where asset = ? and problem = ?',
            [by, holder, until, asset, problem],
          );
          return true;
        }),
      ),
    settle: (notices, by, told) =>
      database.transaction(() => {
        for (const { asset, problem, open } of notices)
          database.run(
            `update mill_notice set told = iif(?, ?, told), claim = null, process = null, until = null
             where asset = ? and problem = ? and claim = ?`,
            [+told, +open, asset, problem, by],
          );
        forget();
      }),
  };
}

const noticeOf = ({ claim: _, process: __, until: ___, open, ...notice }: NoticeRow): Notice => ({
  ...notice,
  open: open === 1,
});
