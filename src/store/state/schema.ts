/** The steps by which the project's own tables came about. Only ever appended to. */
export const stateMigrations: readonly string[] = [
  `create table mill_version (
     id text primary key, asset text not null, kind text not null, number integer not null, fingerprint text not null,
     definition text not null, inputs text not null, snapshot integer not null, rows integer, detail text not null,
     status text not null, created_at integer not null, run text not null,
     unique (asset, number)
   );
   create index mill_version_fingerprint on mill_version (asset, fingerprint);
   create table mill_check (
     version text not null references mill_version (id), position integer not null, name text not null,
     passed integer not null, severity text not null, observed text not null, wanted text not null,
     primary key (version, position)
   );
   create table mill_alias (
     asset text not null, alias text not null, version text not null references mill_version (id),
     primary key (asset, alias)
   );
   create table mill_alias_move (
     position integer primary key, asset text not null, alias text not null, from_version text, to_version text not null,
     at integer not null, reason text not null
   );
   create table mill_load (
     id integer primary key, asset text not null, version text not null, path text not null, hash text not null,
     bytes integer not null, rows integer not null, quarantined integer not null, loaded_at integer not null
   );
   create table mill_counter (name text primary key, next integer not null);
   create table mill_file_hash (path text primary key, known text not null);
   create table mill_run (
     id text primary key, started_at integer not null, finished_at integer, outcome text not null
   );
   create table mill_step (
     run text not null, position integer not null, asset text not null, action text not null, reason text not null,
     outcome text not null, note text not null, started_at integer not null, finished_at integer not null,
     primary key (run, position)
   );
   create table mill_log_offset (log text not null, stream text not null, next integer not null, primary key (log, stream));`,
  `alter table mill_version add column outline text;
   create table mill_study (asset text primary key, print text not null, findings text not null);`,
  `alter table mill_run add column process text;
   alter table mill_run add column until integer;
   create table mill_lease (asset text primary key, run text not null, process text not null, until integer not null);
   create table mill_step_line (
     run text not null, asset text not null, position integer not null, at integer not null, level text not null,
     text text not null, primary key (run, asset, position)
   );
   create index mill_step_line_asset on mill_step_line (asset, run);
   create table mill_notice (asset text not null, problem text not null, at integer not null, primary key (asset, problem));
   create table mill_tick (schedule text primary key, at integer not null);`,
  // Each load stood by itself in the version; the next version joins the ranges.
  `create index mill_load_asset on mill_load (asset, id);
   create table mill_log_start (log text primary key, progress text not null, load integer not null);
   create index mill_version_run on mill_version (run);
   create index mill_version_status on mill_version (asset, status, number) where status <> 'published';
   update mill_version set detail = json_set(detail, '$.loads',
     (select json_group_array(json_array(value, value)) from json_each(detail, '$.loads')))
    where json_type(detail, '$.loads') = 'array';`,
  'create table mill_telling (run text not null, key text not null, primary key (run, key));',
  `create table mill_place (
     tag text not null, run text not null, asset text not null, process text not null, until integer not null,
     turn integer not null, held integer not null, primary key (run, asset, tag)
   );`,
  // Nothing wrote to it so far.
  `drop table mill_notice;
   create table mill_notice (
     asset text not null, problem text not null, what text not null, message text not null, todo text not null,
     run text, version text, at integer not null, seen integer not null, open integer not null, told integer not null,
     claim text, process text, until integer, primary key (asset, problem)
   );`,
  `create table mill_audit (
     prediction text primary key, endpoint text not null, model text not null, as_of integer not null, at integer not null,
     features text not null
   );
   create index mill_audit_endpoint on mill_audit (endpoint, as_of, prediction);
   create index mill_audit_model on mill_audit (model, as_of, prediction);`,
  `create table mill_trial (
     study text not null, number integer not null, point text not null, status text not null, loss real, rungs text not null,
     fault text, "claim" integer not null, process text not null, until integer not null, primary key (study, number)
   );`,
  // Look-ups are audited as well: who was asked may be features, and no model has answered.
  `alter table mill_audit rename to mill_audit_before;
   drop index mill_audit_endpoint;
   drop index mill_audit_model;
   create table mill_audit (
     answer text primary key, asked text not null, model text, as_of integer not null, at integer not null,
     features text not null
   );
   insert into mill_audit select prediction, endpoint, model, as_of, at, features from mill_audit_before;
   drop table mill_audit_before;
   create index mill_audit_asked on mill_audit (asked, as_of, answer);
   create index mill_audit_model on mill_audit (model, as_of, answer);
   create table mill_look_up (
     id text primary key, asset text not null, version text not null, as_of integer not null, keys text not null,
     features text not null, dataset text not null, position text not null
   );
   create index mill_look_up_asset on mill_look_up (asset, as_of, id);`,
  `create table mill_version_note (
     id integer primary key, version text not null references mill_version (id), kind text not null, author text not null,
     text text not null, at integer not null
   );
   create index mill_version_note_version on mill_version_note (version);
   create table mill_batch (
     id text primary key, asset text not null, target text not null, print text not null, rows integer not null,
     versions text not null, as_of integer, snapshot integer not null, at integer not null
   );
   create index mill_batch_target on mill_batch (target);`,
];
