import type { Kind, Kinds } from '../graph/index.ts';
import { endpointKind } from './endpoint/index.ts';
import { featuresKind, requestFeaturesKind, throughKind } from './feature/index.ts';
import { modelKind, trainingSetKind } from './model/index.ts';
import { sourceKind } from './source/index.ts';
import { tableKind } from './table/index.ts';

/** Every kind of asset there is. Adding a kind is adding its folder, and its line here. */
export const kinds: Kinds = new Map(
  [
    ...[sourceKind, tableKind, featuresKind, requestFeaturesKind, throughKind],
    ...[trainingSetKind, modelKind, endpointKind],
  ].map((kind) => [kind.kind, kind as Kind]),
);
