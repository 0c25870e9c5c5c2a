import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** One line of what a step said while it was under way. */
export interface StepLine {
  readonly run: string;
  readonly asset: string;
  readonly at: Instant;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** What is remembered of how the project runs: logs of steps, when schedules were last due. */
export interface RunningNotes {
  addLine(line: StepLine): void;
  /** The lines of a run, or those of one asset in its latest run that has any; oldest first. */
  lines(of: { readonly run: string } | { readonly asset: string }): StepLine[];
  /** Others have been told that something of a run has begun, and are to be told of its end. */
  openTelling(run: string, key: string): void;
  closeTelling(run: string, key: string): void;
  /** What others still wait for of runs that are no more. */
  deadTellings(): { readonly run: string; readonly key: string }[];
  /** When a schedule was last acted upon. */
  lastTick(schedule: string): Instant | undefined;
  setLastTick(schedule: string, at: Instant): void;
}

/** Runs whose lines are kept. A run says about ten lines a step; this bounds the file without a setting. */
const RUNS_KEPT = 500;
/** A step cannot fill the disk by talking: what it says beyond is dropped. */
const LINES_KEPT = 1_000;

export function openRunningNotes(database: Database): RunningNotes {
  const columns = 'run, asset, at, level, text';
  return {
    addLine: ({ run, asset, at, level, text }) =>
      database.transaction(() => {
        const [last] = database.all<{ n: number }>(
          'select coalesce(max(position), 0) as n from mill_step_line where run = ? and asset = ?',
          [run, asset],
        );
        const position = (last?.n ?? 0) + 1;
        if (position > LINES_KEPT) return;
        database.run(
          'insert into mill_step_line (run, asset, position, at, level, text) values (?, ?, ?, ?, ?, ?)',
          [run, asset, position, at, level, text.slice(0, 4_000)],
        );
        if (position === 1)
          database.run(
            `delete from mill_step_line where run <
             coalesce((select id from mill_run order by id desc limit 1 offset ${RUNS_KEPT}), '')`,
          );
      }),
    lines: (of) =>
      'run' in of
        ? database.all<StepLine>(`select ${columns} from mill_step_line where run = ? order by at, rowid`, [
            of.run,
          ])
        : database.all<StepLine>(
            `select ${columns} from mill_step_line where asset = ?1 and run =
             (select max(run) from mill_step_line where asset = ?1) order by position`,
            [of.asset],
          ),
    openTelling: (run, key) => {
      database.run('insert into mill_telling (run, key) values (?, ?) on conflict do nothing', [run, key]);
    },
    closeTelling: (run, key) => {
      database.run('delete from mill_telling where run = ? and key = ?', [run, key]);
    },
    deadTellings: () =>
      database.all<{ run: string; key: string }>(
        `select t.run, t.key from mill_telling t join mill_run r on r.id = t.run
         where r.outcome <> 'running' order by t.run, t.rowid`,
      ),
    lastTick: (schedule) =>
      database.get<{ at: Instant }>('select at from mill_tick where schedule = ?', [schedule])?.at,
    setLastTick: (schedule, at) => {
      database.run(
        'insert into mill_tick (schedule, at) values (?, ?) on conflict (schedule) do update set at = excluded.at',
        [schedule, at],
      );
    },
  };
}
