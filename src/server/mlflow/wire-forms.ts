import type {
  Experiment,
  LoggedModel,
  Metric,
  ModelVersion,
  RegisteredModel,
  TrackedRun,
} from '../../store/tracking/index.ts';

// What we keep, in the forms of MLflow's wire. Fields that nobody has said are left out.

/** JSON has no NaN: it is a text. Of the infinities MLflow's SQL store makes the greatest numbers there are, and scripts compare with them. */
export function doubleForm(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN';
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

export function metricForm({
  key,
  value,
  timestamp,
  step,
  model,
  datasetName,
  datasetDigest,
}: Metric): object {
  return {
    key,
    value: doubleForm(value),
    timestamp,
    step,
    ...said({ model_id: model, dataset_name: datasetName, dataset_digest: datasetDigest }),
  };
}

export function experimentForm(experiment: Experiment): object {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.location,
    lifecycle_stage: experiment.lifecycle,
    last_update_time: experiment.updatedAt,
    creation_time: experiment.createdAt,
    tags: experiment.tags,
  };
}

export function runInfoForm(run: TrackedRun): object {
  return {
    run_uuid: run.id,
    run_id: run.id,
    run_name: run.name,
    experiment_id: run.experiment,
    user_id: run.user,
    status: run.status,
    ...said({ start_time: run.startTime, end_time: run.endTime }),
    artifact_uri: run.location,
    lifecycle_stage: run.lifecycle,
  };
}

export function runForm(run: TrackedRun): object {
  return {
    info: runInfoForm(run),
    data: { metrics: run.metrics.map(metricForm), params: run.params, tags: run.tags },
    inputs: {
      dataset_inputs: run.datasets.map(({ name, digest, sourceType, source, schema, profile, tags }) => ({
        tags,
        dataset: { name, digest, source_type: sourceType, source, ...said({ schema, profile }) },
      })),
      model_inputs: run.modelInputs.map((model_id) => ({ model_id })),
    },
    outputs: { model_outputs: run.modelOutputs.map(({ model, step }) => ({ model_id: model, step })) },
  };
}

const modelStatuses = {
  PENDING: 'LOGGED_MODEL_PENDING',
  READY: 'LOGGED_MODEL_READY',
  UPLOAD_FAILED: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const;

export function loggedModelForm(model: LoggedModel): object {
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experiment,
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: model.location,
      status: modelStatuses[model.status],
      ...said({ model_type: model.type, source_run_id: model.run, status_message: model.statusMessage }),
      tags: model.tags,
    },
    data: {
      params: model.params,
      metrics: model.metrics.map((metric) => ({
        ...metricForm(metric),
        model_id: model.id,
        run_id: metric.run,
      })),
    },
  };
}

export function registeredModelForm(model: RegisteredModel, latest: readonly ModelVersion[]): object {
  return {
    name: model.name,
    creation_timestamp: model.createdAt,
    last_updated_timestamp: model.updatedAt,
    ...said({ description: model.description }),
    latest_versions: latest.map((version) => modelVersionForm(version)),
    tags: model.tags,
    aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
  };
}

/** @param logged what is known of the logged model it is of */
export function modelVersionForm(version: ModelVersion, logged?: LoggedModel): object {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.run,
    status: 'READY',
    status_message: '',
    tags: version.tags,
    run_link: version.runLink,
    aliases: version.aliases,
    ...said({ model_id: version.model }),
    ...(logged === undefined
      ? {}
      : {
          model_params: logged.params.map(({ key, value }) => ({ name: key, value })),
          model_metrics: logged.metrics.map(metricForm),
        }),
  };
}

/** Without what is undefined, null or ''. */
function said(fields: Readonly<Record<string, string | number | null | undefined>>): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}
