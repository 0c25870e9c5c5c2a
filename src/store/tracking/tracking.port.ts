/**
 * The memory of tracked runs: experiments, runs with parameters, metrics and tags, logged models, and the registered models that are no
 * assets of the project. What MLflow calls tracking. All times here are milliseconds since 1970, as its clients write them.
 *
 * Every write can be done again: a metric row is known by run, key, step, timestamp and value, an equal parameter or tag is there already.
 * Any number of processes may have it open. Lists come a page at a time; a token says where the next one begins.
 *
 * @throws MILL_TRACKING_UNKNOWN what is named does not exist, MILL_TRACKING_TAKEN a name is in use, MILL_TRACKING_INVALID an
 * argument or the state of what it is about does not allow it
 */
export interface Tracking {
  readonly experiments: Experiments;
  readonly runs: TrackedRuns;
  readonly loggedModels: LoggedModels;
  readonly registry: RegisteredModels;
  readonly remarks: Remarks;
  /** All that `work` writes, or nothing; what it has read nobody changes meanwhile. It must not be async. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export type Lifecycle = 'active' | 'deleted';
/** Which of them a search sees. */
export type View = Lifecycle | 'all';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A part of a list and, if there is more, the token that gives the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface PageAsk {
  /** In MLflow's grammar; empty for all. */
  readonly filter?: string;
  /** Each in MLflow's form: `metrics.auc DESC`. */
  readonly orderBy?: readonly string[];
  /** At most so many. Default 1,000. */
  readonly most?: number;
  /** What the page before gave as `next`. */
  readonly token?: string;
}

export interface Experiment {
  /** A whole number as text; '0' is named Default and always there. */
  readonly id: string;
  readonly name: string;
  /** An address below which the files of its runs lie; `mlflow-artifacts:/3` when nothing else was asked for. */
  readonly location: string;
  readonly lifecycle: Lifecycle;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: readonly Tag[];
}

export interface Experiments {
  /** Gives its id. The name must be free, also among deleted ones. */
  create(name: string, more?: { readonly location?: string; readonly tags?: readonly Tag[] }): string;
  /** The one of this name, made if there is none. One that was deleted is refused. */
  named(name: string): Experiment;
  get(id: string): Experiment;
  byName(name: string): Experiment;
  search(ask?: PageAsk & { readonly view?: View }): Page<Experiment>;
  rename(id: string, name: string): void;
  /** Its runs are deleted with it. */
  delete(id: string): void;
  /** And all its runs. */
  restore(id: string): void;
  setTag(id: string, tag: Tag): void;
  deleteTag(id: string, key: string): void;
}

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface Metric {
  readonly key: string;
  /** NaN and the infinities are kept as they are. */
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
  /** The logged model it is about. */
  readonly model?: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

/** A dataset that a run read. */
export interface DatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema?: string;
  readonly profile?: string;
  readonly tags: readonly Tag[];
}

/** A logged model that came out of a run, and at which step. */
export interface ModelOutput {
  readonly model: string;
  readonly step: number;
}

/** One fit or evaluation that is remembered. Not to be mixed up with a run of the project, which walks a plan. */
export interface TrackedRun {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly user: string;
  readonly status: RunStatus;
  readonly startTime: number | null;
  readonly endTime: number | null;
  readonly location: string;
  readonly lifecycle: Lifecycle;
  /** Of each key the latest: of the highest step, then timestamp, then value. Sorted by key, as are the others. */
  readonly metrics: readonly Metric[];
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
  readonly datasets: readonly DatasetInput[];
  readonly modelInputs: readonly string[];
  readonly modelOutputs: readonly ModelOutput[];
}

export interface NewRun {
  readonly experiment: string;
  /** Default: two words and a number. */
  readonly name?: string;
  readonly user?: string;
  readonly startTime?: number;
  readonly tags?: readonly Tag[];
}

/** All or nothing. */
export interface Batch {
  readonly metrics?: readonly Metric[];
  /** Once written they stay as they are. */
  readonly params?: readonly Tag[];
  readonly tags?: readonly Tag[];
}

export interface RunSearch extends PageAsk {
  /** Ids of experiments; deleted ones count too. */
  readonly experiments: readonly string[];
  readonly view?: View;
}

export interface TrackedRuns {
  create(run: NewRun): TrackedRun;
  get(id: string): TrackedRun;
  /** What is left out stays. A name is written to the tag `mlflow.runName` too. */
  update(
    id: string,
    change: { readonly status?: RunStatus; readonly endTime?: number; readonly name?: string },
  ): TrackedRun;
  /** Ends a run: `update` with the time of now. */
  finish(id: string, status?: RunStatus): void;
  log(id: string, batch: Batch): void;
  deleteTag(id: string, key: string): void;
  delete(id: string): void;
  restore(id: string): void;
  /** Ordered as asked for, then newest start first, then by id. */
  search(ask: RunSearch): Page<TrackedRun>;
  /** All values of a metric, by timestamp, step and value. */
  history(id: string, key: string, ask?: { readonly most?: number; readonly token?: string }): Page<Metric>;
  logInputs(id: string, datasets: readonly DatasetInput[], models: readonly string[]): void;
  logOutputs(id: string, models: readonly ModelOutput[]): void;
}

export type LoggedModelStatus = 'PENDING' | 'READY' | 'UPLOAD_FAILED';

/** The files of one model that somebody has logged, with what is known of it. */
export interface LoggedModel {
  /** `m-` and 32 hexadecimal digits. */
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly location: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: LoggedModelStatus;
  readonly statusMessage: string;
  readonly type: string;
  readonly run: string;
  readonly tags: readonly Tag[];
  readonly params: readonly Tag[];
  readonly metrics: readonly ModelMetric[];
}

export interface ModelMetric extends Metric {
  readonly run: string;
}

export interface NewLoggedModel {
  readonly experiment: string;
  readonly name?: string;
  readonly type?: string;
  readonly run?: string;
  readonly params?: readonly Tag[];
  readonly tags?: readonly Tag[];
}

export interface ModelOrder {
  /** `creation_timestamp`, `metrics.auc`, … */
  readonly field: string;
  readonly ascending: boolean;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

export interface LoggedModelSearch {
  readonly experiments: readonly string[];
  readonly filter?: string;
  /** Metrics in the filter count only on one of these datasets; a digest left out means any. */
  readonly datasets?: readonly { readonly name: string; readonly digest?: string }[];
  readonly orderBy?: readonly ModelOrder[];
  readonly most?: number;
  readonly token?: string;
}

export interface LoggedModels {
  create(model: NewLoggedModel): LoggedModel;
  get(id: string): LoggedModel;
  finalize(id: string, status: LoggedModelStatus): LoggedModel;
  delete(id: string): void;
  search(ask: LoggedModelSearch): Page<LoggedModel>;
  setTags(id: string, tags: readonly Tag[]): void;
  deleteTag(id: string, key: string): void;
  logParams(id: string, params: readonly Tag[]): void;
}

export interface ModelAlias {
  readonly alias: string;
  readonly version: number;
}

/** A name under which versions of a model are registered. */
export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: readonly Tag[];
  readonly aliases: readonly ModelAlias[];
}

export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Deprecated in MLflow, and still asked for: None, Staging, Production or Archived. */
  readonly stage: string;
  /** Where its files are, as it was said: never opened by us but for what lies in our own store. */
  readonly source: string;
  /** Where its files were when it was made, and are for good: what a source of `models:/…` led to then. */
  readonly location: string;
  readonly run: string;
  readonly model: string;
  readonly runLink: string;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
}

export interface NewModelVersion {
  readonly source: string;
  /** Default: the source. */
  readonly location?: string;
  readonly run?: string;
  readonly model?: string;
  readonly runLink?: string;
  readonly description?: string;
  readonly tags?: readonly Tag[];
}

export interface RegisteredModels {
  create(
    name: string,
    more?: { readonly description?: string; readonly tags?: readonly Tag[] },
  ): RegisteredModel;
  get(name: string): RegisteredModel;
  rename(name: string, to: string): RegisteredModel;
  describe(name: string, description: string): RegisteredModel;
  delete(name: string): void;
  /** All, by name. */
  all(): readonly RegisteredModel[];
  setTag(name: string, tag: Tag): void;
  deleteTag(name: string, key: string): void;
  setAlias(name: string, alias: string, version: number): void;
  deleteAlias(name: string, alias: string): void;
  byAlias(name: string, alias: string): ModelVersion;
  createVersion(name: string, version: NewModelVersion): ModelVersion;
  version(name: string, version: number): ModelVersion;
  describeVersion(name: string, version: number, description: string): ModelVersion;
  /** @param archive whether others in that stage are archived */
  moveVersion(name: string, version: number, stage: string, archive: boolean): ModelVersion;
  deleteVersion(name: string, version: number): void;
  /** All versions of a model, or of every model; newest first within each. */
  versions(name?: string): readonly ModelVersion[];
  setVersionTag(name: string, version: number, tag: Tag): void;
  deleteVersionTag(name: string, version: number, key: string): void;
}

/** What somebody has said of the project's own models, whose versions are kept elsewhere. Version 0 is the model itself. */
export interface Remarks {
  tags(name: string, version: number): readonly Tag[];
  setTag(name: string, version: number, tag: Tag): void;
  deleteTag(name: string, version: number, key: string): void;
  description(name: string, version: number): string;
  describe(name: string, version: number, description: string): void;
}
