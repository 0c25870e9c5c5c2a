import type { JsonObject } from '../../../base/index.ts';
import type { FoldsSpec } from './folds.ts';
import { anyPoint } from './random-point.ts';
import type { SpaceSpec } from './space.ts';

/** A search over a trainer's parameters, in plain form. */
export type SearchSpec = {
  /** The trainer that is tried. */
  readonly of: string;
  /** Of a trainer of the project's own: which revision of it. */
  readonly own?: number;
  /** Parameters that are not searched. */
  readonly fixed: JsonObject;
  readonly space: SpaceSpec;
  readonly trials: number;
  readonly suggest: 'random' | 'tpe';
  /** Trials are stopped early: the first stage, as a share of a training's steps. Absent: all run to their end. */
  readonly halving?: { readonly first: number };
  readonly folds?: FoldsSpec;
  /** Trials that may be under way at once, in as many processes. */
  readonly atOnce: number;
};

/** The options of some trial: what decides which loss is judged by is the same in all of them. */
export const anyOptions = ({ fixed, space }: SearchSpec): JsonObject => ({ ...fixed, ...anyPoint(space) });
