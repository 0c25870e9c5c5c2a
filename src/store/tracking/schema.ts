/** The steps by which the tables of tracking came about. Only ever appended to. */
export const trackingMigrations: readonly string[] = [
  // A row of a metric's history names its key by the id of the latest value: a history is one stretch of one tree, in the order in
  // which it is asked for. NaN cannot be a value in SQLite; it is 0 with a mark. Infinities can.
  `create table mill_experiment (
     id integer primary key autoincrement, name text not null unique, location text not null, lifecycle text not null,
     created_at integer not null, updated_at integer not null
   );
   create table mill_experiment_tag (
     experiment integer not null references mill_experiment (id), key text not null, value text not null,
     primary key (experiment, key)
   ) without rowid;
   create table mill_tracked_run (
     row integer primary key, id text not null unique, experiment integer not null references mill_experiment (id),
     name text not null, user text not null, status text not null, start_time integer, end_time integer,
     location text not null, lifecycle text not null, deleted_at integer
   );
   create index mill_tracked_run_start on mill_tracked_run (experiment, start_time desc, id);
   create table mill_latest (
     id integer primary key, run integer not null references mill_tracked_run (row), key text not null,
     step integer not null, timestamp integer not null, value real not null, nan integer not null, unique (run, key)
   );
   create table mill_metric (
     latest integer not null references mill_latest (id), timestamp integer not null, step integer not null,
     value real not null, nan integer not null, primary key (latest, timestamp, step, value, nan)
   ) without rowid;
   create table mill_param (
     run integer not null references mill_tracked_run (row), key text not null, value text not null, primary key (run, key)
   ) without rowid;
   create table mill_run_tag (
     run integer not null references mill_tracked_run (row), key text not null, value text not null, primary key (run, key)
   ) without rowid;
   create table mill_dataset (
     id integer primary key, experiment integer not null, name text not null, digest text not null, source_type text not null,
     source text not null, schema text, profile text, unique (experiment, name, digest)
   );
   create table mill_dataset_input (
     run integer not null references mill_tracked_run (row), dataset integer not null references mill_dataset (id),
     tags text not null, primary key (run, dataset)
   ) without rowid;
   create table mill_model_input (
     run integer not null references mill_tracked_run (row), position integer not null, model text not null,
     primary key (run, model)
   ) without rowid;
   create table mill_model_output (
     run integer not null references mill_tracked_run (row), position integer not null, model text not null,
     step integer not null, primary key (run, model)
   ) without rowid;
   create table mill_logged_model (
     row integer primary key, id text not null unique, experiment integer not null references mill_experiment (id),
     name text not null, location text not null, created_at integer not null, updated_at integer not null,
     status text not null, status_message text not null, type text not null, run text not null, lifecycle text not null
   );
   create index mill_logged_model_created on mill_logged_model (experiment, created_at desc, id);
   create table mill_logged_model_param (
     model integer not null references mill_logged_model (row), key text not null, value text not null, primary key (model, key)
   ) without rowid;
   create table mill_logged_model_tag (
     model integer not null references mill_logged_model (row), key text not null, value text not null, primary key (model, key)
   ) without rowid;
   create table mill_logged_model_metric (
     model integer not null references mill_logged_model (row), key text not null, timestamp integer not null,
     step integer not null, run text not null, value real not null, nan integer not null, dataset_name text,
     dataset_digest text, primary key (model, key, timestamp, step, run)
   ) without rowid;
   create table mill_registered_model (
     name text primary key, description text not null, created_at integer not null, updated_at integer not null
   ) without rowid;
   create table mill_registered_model_tag (
     name text not null references mill_registered_model (name) on update cascade on delete cascade, key text not null,
     value text not null, primary key (name, key)
   ) without rowid;
   create table mill_model_version (
     name text not null references mill_registered_model (name) on update cascade on delete cascade,
     version integer not null, description text not null, created_at integer not null, updated_at integer not null,
     stage text not null, source text not null, run text not null, model text not null, run_link text not null,
     lifecycle text not null, primary key (name, version)
   ) without rowid;
   create table mill_model_version_tag (
     name text not null, version integer not null, key text not null, value text not null,
     primary key (name, version, key),
     foreign key (name, version) references mill_model_version (name, version) on update cascade on delete cascade
   ) without rowid;
   create table mill_model_alias (
     name text not null, alias text not null, version integer not null, primary key (name, alias),
     foreign key (name, version) references mill_model_version (name, version) on update cascade on delete cascade
   ) without rowid;
   create table mill_remark_tag (
     name text not null, version integer not null, key text not null, value text not null, primary key (name, version, key)
   ) without rowid;
   create table mill_remark (
     name text not null, version integer not null, description text not null, primary key (name, version)
   ) without rowid;`,
  // Of versions that are there: what their source leads to now, over one other version at most.
  `alter table mill_model_version add column location text not null default '';
   update mill_model_version set location = coalesce(
     (select l.location from mill_logged_model l where 'models:/' || l.id = source), source);
   update mill_model_version set location = coalesce(
     (select o.location from mill_model_version o
       where 'models:/' || o.name || '/' || o.version = mill_model_version.source and o.lifecycle = 'active'), location);`,
];
