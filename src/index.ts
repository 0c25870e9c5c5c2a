// The front door: what a project imports.

export {
  by,
  type Column,
  type Columns,
  col,
  type Dataset,
  mean,
  nullShare,
  quantile,
  type Row,
  rowCount,
  rowWhere,
  tableSql,
  unique,
} from './assets/contract/index.ts';
export { type Endpoint, endpoint } from './assets/endpoint/index.ts';
export {
  type Condition,
  type Entity,
  entity,
  type Feature,
  type Features,
  features,
  not,
  type RequestFeatures,
  type RowOf,
  requestFeatures,
  type Through,
  through,
} from './assets/feature/index.ts';
export {
  baseline,
  factorization,
  gbdt,
  isolationForest,
  linear,
  logistic,
  type Model,
  metric,
  mlflow,
  model,
  onnx,
  python,
  search,
  space,
  stress,
  type TrainingSet,
  trainingSet,
} from './assets/model/index.ts';
export { files, http, postgres, source, stream } from './assets/source/index.ts';
export { rows, sql, table, type UnitTest, unitTest, within } from './assets/table/index.ts';
export { type Duration, env, MillraceError, type Place, type Problem, type Secret } from './base/index.ts';
export { type Client, client } from './client/index.ts';
export { type Asset, type Project, project, type Webhook, webhook } from './graph/index.ts';
