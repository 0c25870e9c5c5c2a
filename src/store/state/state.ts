import { bug, type Instant, type Json } from '../../base/index.ts';
import type { Database, DatabaseValue } from '../database.ts';
import { openAudits } from './audits.ts';
import { openBatches } from './batches.ts';
import { openLeases } from './leases.ts';
import { openLookUps } from './look-ups.ts';
import { openNotices } from './notices.ts';
import { openPlaces } from './places.ts';
import { openRunningNotes } from './running-notes.ts';
import { stateMigrations } from './schema.ts';
import type {
  Alias,
  AliasMove,
  CheckResult,
  Load,
  Outline,
  RunRecord,
  State,
  StepRecord,
  Version,
  VersionFacts,
} from './state.port.ts';
import { openTrials } from './trials.ts';
import { openVersionNotes } from './version-notes.ts';

interface VersionRow extends Omit<Version, 'inputs' | 'detail' | 'outline' | 'createdAt'> {
  readonly inputs: string;
  readonly detail: string;
  readonly outline: string | null;
  readonly created_at: Instant;
}

function versionOf(row: VersionRow | undefined): Version | undefined {
  if (row === undefined) return undefined;
  const { inputs, detail, outline, created_at, ...rest } = row;
  return {
    ...rest,
    inputs: JSON.parse(inputs) as Record<string, string>,
    detail: JSON.parse(detail) as Json,
    ...(outline === null ? {} : { outline: JSON.parse(outline) as Outline }),
    createdAt: created_at,
  };
}

/** The project's memory in its SQLite database. */
export function openState(database: Database): State {
  database.migrate('state', stateMigrations);
  const all = <R extends object>(sql: string, ...params: DatabaseValue[]): R[] =>
    database.all<R>(sql, params);
  const get = <R extends object>(sql: string, ...params: DatabaseValue[]): R | undefined =>
    database.get<R>(sql, params);
  const run = (sql: string, ...params: DatabaseValue[]): number => database.run(sql, params);
  const version = (id: string): Version | undefined =>
    versionOf(get<VersionRow>('select * from mill_version where id = ?', id));
  return {
    version,
    live: (asset, alias = 'live') =>
      versionOf(
        get<VersionRow>(
          'select v.* from mill_alias a join mill_version v on v.id = a.version where a.asset = ? and a.alias = ?',
          asset,
          alias,
        ),
      ),
    versions: (asset) =>
      all<VersionRow>('select * from mill_version where asset = ? order by number desc', asset).map(
        (row) => versionOf(row) as Version,
      ),
    definitions: (asset) =>
      all<VersionRow>(
        `select * from mill_version where asset = ?1 and number in
           (select max(number) from mill_version where asset = ?1 group by definition) order by number desc`,
        asset,
      ).map((row) => versionOf(row) as Version),
    takenBack: (asset) =>
      versionOf(
        get<VersionRow>(
          "select * from mill_version where asset = ? and status = 'rolled-back' order by number desc limit 1",
          asset,
        ),
      ),
    byFingerprint: (asset, fingerprint) =>
      versionOf(
        get<VersionRow>(
          'select * from mill_version where asset = ? and fingerprint = ? order by number desc limit 1',
          asset,
          fingerprint,
        ),
      ),
    checks: (id) =>
      all<Omit<CheckResult, 'passed'> & { passed: number }>(
        'select name, passed, severity, observed, wanted from mill_check where version = ? order by position',
        id,
      ).map((row) => ({ ...row, passed: row.passed === 1 })),
    versionFacts: () =>
      all<Omit<VersionFacts, 'inputs'> & { inputs: string }>(
        'select id, asset, kind, number, inputs, status, created_at as "createdAt" from mill_version order by asset, number desc',
      ).map((row) => ({ ...row, inputs: JSON.parse(row.inputs) as Record<string, string> })),
    aliased: () =>
      all<{ version: string }>('select distinct version from mill_alias').map(({ version }) => version),
    retire: (versions, runsBefore) =>
      database.transaction(() => {
        const gone = '(select value from json_each(?))';
        const ids = JSON.stringify(versions);
        const runs = JSON.stringify(
          all<{ id: string }>(
            `select id from mill_run r where finished_at is not null
              and (started_at < ?2 or exists (select 1 from mill_version v where v.run = r.id))
              and not exists (select 1 from mill_version v where v.run = r.id and v.id not in (select value from json_each(?1)))`,
            ids,
            runsBefore,
          ).map(({ id }) => id),
        );
        run(`delete from mill_check where version in ${gone}`, ids);
        run(`delete from mill_alias_move where to_version in ${gone}`, ids);
        run(`delete from mill_version where id in ${gone}`, ids);
        run(`delete from mill_step where run in ${gone}`, runs);
        run(`delete from mill_step_line where run in ${gone}`, runs);
        run(`delete from mill_run where id in ${gone}`, runs);
      }),
    addVersion: (added, checks) =>
      database.transaction(() => {
        const last = get<{ n: number }>(
          'select coalesce(max(number), 0) as n from mill_version where asset = ?',
          added.asset,
        );
        const number = (last?.n ?? 0) + 1;
        const id = `${added.asset}@${number}`;
        run(
          `insert into mill_version (id, asset, kind, number, fingerprint, definition, inputs, snapshot, rows, detail, outline, status, created_at, run)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          id,
          added.asset,
          added.kind,
          number,
          added.fingerprint,
          added.definition,
          JSON.stringify(added.inputs),
          added.snapshot,
          added.rows,
          JSON.stringify(added.detail),
          added.outline === undefined ? null : JSON.stringify(added.outline),
          added.status,
          added.createdAt,
          added.run,
        );
        checks.forEach((check, position) => {
          run(
            'insert into mill_check (version, position, name, passed, severity, observed, wanted) values (?, ?, ?, ?, ?, ?, ?)',
            id,
            position,
            check.name,
            check.passed ? 1 : 0,
            check.severity,
            check.observed,
            check.wanted,
          );
        });
        return { ...added, id, number };
      }),
    setStatus: (id, status) => {
      if (run('update mill_version set status = ? where id = ?', status, id) !== 1)
        throw bug(`There is no version '${id}' to be called ${status}.`);
    },
    passCheck: (id, name, observed) => {
      const passed = run(
        'update mill_check set passed = 1, observed = ? where version = ? and name = ?',
        observed,
        id,
        name,
      );
      if (passed === 0) throw bug(`'${id}' has no check '${name}' to be passed.`);
    },
    moveAlias: (asset, to, at, reason, alias = 'live') =>
      database.transaction(() => {
        if (version(to)?.asset !== asset) throw bug(`'${to}' is no version of '${asset}'.`);
        const from = get<{ version: string }>(
          'select version from mill_alias where asset = ? and alias = ?',
          asset,
          alias,
        );
        run(
          'insert into mill_alias (asset, alias, version) values (?, ?, ?) on conflict (asset, alias) do update set version = excluded.version',
          asset,
          alias,
          to,
        );
        run(
          'insert into mill_alias_move (asset, alias, from_version, to_version, at, reason) values (?, ?, ?, ?, ?, ?)',
          asset,
          alias,
          from?.version ?? null,
          to,
          at,
          reason,
        );
      }),
    aliasMoves: (asset) =>
      all<AliasMove>(
        'select asset, alias, from_version as "from", to_version as "to", at, reason from mill_alias_move where asset = ? order by position desc',
        asset,
      ),
    aliases: (asset) =>
      all<Alias>('select alias, version from mill_alias where asset = ? order by alias', asset),
    dropAlias: (asset, alias) =>
      run('delete from mill_alias where asset = ? and alias = ?', asset, alias) > 0,
    loads: (ids) =>
      all<Load>(
        `select id, asset, version, path, hash, bytes, rows, quarantined, loaded_at as "loadedAt"
         from mill_load where id in (select value from json_each(?)) order by id`,
        JSON.stringify(ids),
      ),
    loadsIn: (asset, ranges) =>
      all<Load>(
        `select l.id, l.asset, l.version, l.path, l.hash, l.bytes, l.rows, l.quarantined, l.loaded_at as "loadedAt"
         from json_each(?) r cross join mill_load l
         where l.asset = ? and l.id between r.value ->> 0 and r.value ->> 1 order by l.id`,
        JSON.stringify(ranges),
        asset,
      ),
    joinRanges: (asset, ranges) => {
      const joined: [number, number][] = [];
      for (const [first, last] of ranges) {
        const before = joined.at(-1);
        const apart =
          before === undefined ||
          get(
            'select 1 from mill_load where asset = ? and id > ? and id < ? limit 1',
            asset,
            before[1],
            first,
          ) !== undefined;
        if (apart) joined.push([first, last]);
        else before[1] = last;
      }
      return joined;
    },
    newestLoad: (asset) =>
      get<{ id: number | null }>('select max(id) as id from mill_load where asset = ?', asset)?.id ?? 0,
    nextLoadIds: (count) =>
      database.transaction(() => {
        const row = get<{ next: number }>(
          `insert into mill_counter (name, next) values ('load', 1 + ?1)
           on conflict (name) do update set next = next + ?1 returning next`,
          count,
        );
        const end = row?.next as number;
        return Array.from({ length: count }, (_, i) => end - count + i);
      }),
    addLoad: (load) =>
      run(
        'insert into mill_load (id, asset, version, path, hash, bytes, rows, quarantined, loaded_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        load.id,
        load.asset,
        load.version,
        load.path,
        load.hash,
        load.bytes,
        load.rows,
        load.quarantined,
        load.loadedAt,
      ),
    fileHash: (path) =>
      get<{ known: string }>('select known from mill_file_hash where path = ?', path)?.known,
    setFileHash: (path, known) =>
      run(
        'insert into mill_file_hash (path, known) values (?, ?) on conflict (path) do update set known = excluded.known',
        path,
        known,
      ),
    study: (asset, print) => {
      const row = get<{ findings: string }>(
        'select findings from mill_study where asset = ? and print = ?',
        asset,
        print,
      );
      return row && (JSON.parse(row.findings) as Json);
    },
    setStudy: (asset, print, findings) =>
      run(
        `insert into mill_study (asset, print, findings) values (?, ?, ?)
         on conflict (asset) do update set print = excluded.print, findings = excluded.findings`,
        asset,
        print,
        JSON.stringify(findings),
      ),
    startRun: (id, at) =>
      run("insert into mill_run (id, started_at, outcome) values (?, ?, 'running')", id, at),
    finishRun: (id, at, outcome) =>
      run('update mill_run set finished_at = ?, outcome = ? where id = ?', at, outcome, id),
    forgetRun: (id) => run('delete from mill_run where id = ?', id),
    addStep: (step) =>
      run(
        'insert into mill_step (run, position, asset, action, reason, outcome, note, started_at, finished_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        step.run,
        step.position,
        step.asset,
        step.action,
        step.reason,
        step.outcome,
        step.note,
        step.startedAt,
        step.finishedAt,
      ),
    runs: (limit) =>
      all<RunRecord>(
        'select id, started_at as "startedAt", finished_at as "finishedAt", outcome from mill_run order by started_at desc, id desc limit ?',
        limit,
      ),
    run: (id) =>
      get<RunRecord>(
        'select id, started_at as "startedAt", finished_at as "finishedAt", outcome from mill_run where id = ?',
        id,
      ),
    steps: (run) =>
      all<StepRecord>(
        `select run, position, asset, action, reason, outcome, note, started_at as "startedAt", finished_at as "finishedAt"
         from mill_step where run = ? order by position`,
        run,
      ),
    logOffsets: (log) =>
      new Map(
        all<{ stream: string; next: number }>(
          'select stream, next from mill_log_offset where log = ?',
          log,
        ).map(({ stream, next }) => [stream, next]),
      ),
    setLogOffset: (log, stream, next) =>
      run(
        'insert into mill_log_offset (log, stream, next) values (?, ?, ?) on conflict (log, stream) do update set next = excluded.next',
        log,
        stream,
        next,
      ),
    logStart: (log) => {
      const row = get<{ progress: string; load: number }>(
        'select progress, load from mill_log_start where log = ?',
        log,
      );
      return row && { progress: JSON.parse(row.progress) as Json, load: row.load };
    },
    setLogStart: (log, { progress, load }) =>
      run(
        `insert into mill_log_start (log, progress, load) values (?, ?, ?)
         on conflict (log) do update set progress = excluded.progress, load = excluded.load`,
        log,
        JSON.stringify(progress),
        load,
      ),
    leases: openLeases(database),
    places: openPlaces(database),
    notices: openNotices(database),
    audits: openAudits(database),
    trials: openTrials(database),
    lookUps: openLookUps(database),
    batches: openBatches(database),
    versionNotes: openVersionNotes(database),
    notes: openRunningNotes(database),
    transaction: (work) => database.transaction(work),
  };
}
