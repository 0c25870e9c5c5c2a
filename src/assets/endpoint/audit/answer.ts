import { type Instant, type JsonObject, MillraceError } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { KeptLookUp, Version } from '../../../store/state/index.ts';
import { featuresVersionOf, type HeadPosition } from '../../feature/index.ts';
import { type Lookup, modelVersionOf, type Request } from '../../model/index.ts';
import { type Prediction, spaceOfTrained } from '../serving.ts';

/** What is audited: what an endpoint has logged, or a look-up of features that was kept. */
export type Auditable =
  | Pick<
      Prediction,
      'id' | 'endpoint' | 'model' | 'asOf' | 'keys' | 'request' | 'features' | 'states' | 'heads'
    >
  | KeptLookUp;

/** What was answered from features, and what it takes to compute them again. */
export interface Answer {
  readonly id: string;
  /** Who was asked: an endpoint, or features themselves. */
  readonly asked: string;
  /** Undefined where features themselves were asked. */
  readonly model: Version | undefined;
  readonly asOf: Instant;
  readonly keys: JsonObject;
  readonly request: JsonObject;
  /** What was served, by asset; instants as microseconds. */
  readonly features: Readonly<Record<string, JsonObject>>;
  /** Of each lookup, the version of the dataset whose rows its state held. */
  readonly states: Readonly<Record<string, string>>;
  /** Of each lookup of posted rows, up to where their log had been read. */
  readonly heads: Readonly<Record<string, HeadPosition>>;
  readonly lookups: readonly Looked[];
  readonly requests: readonly Request[];
}

/** A lookup, and where in the online store its states lie. */
export interface Looked {
  readonly lookup: Lookup;
  readonly space: string;
}

/**
 * How an answer came about.
 * @throws MILL_AUDIT_GONE
 */
export function answerOf({ state }: Workspace, answered: Auditable): Answer {
  if ('endpoint' in answered) {
    const { endpoint: asked, model: id, ...rest } = answered;
    const model = known(state.version(id), id, { id: answered.id, asked });
    const { lookups, requests } = modelVersionOf(model).plan;
    const looked = lookups.map((lookup) => ({ lookup, space: spaceOfTrained({ state }, model, lookup) }));
    return { ...rest, asked, model, lookups: looked, requests };
  }
  const { id, asset: asked, version, asOf, keys, features, dataset, position } = answered;
  const own = known(state.version(version), version, { id, asked });
  const { space, body } = featuresVersionOf(own);
  return {
    ...{ id, asked, model: undefined, asOf, keys, request: {} },
    features: { [asked]: features },
    states: { [asked]: dataset },
    heads: position === null ? {} : { [asked]: position },
    lookups: [{ lookup: { name: asked, of: asked, body }, space }],
    requests: [],
  };
}

/** @throws MILL_AUDIT_GONE */
export function known<T>(found: T | undefined, what: string, { id, asked }: Pick<Answer, 'id' | 'asked'>): T {
  if (found !== undefined) return found;
  throw new MillraceError({
    code: 'MILL_AUDIT_GONE',
    message: `The answer '${id}' of ${asked} cannot be computed again: ${what}, which it was made with, is gone.`,
    todo: 'Audit a younger one; what predictions and kept look-ups name stays as long as they do.',
    owner: 'project',
    asset: asked,
  });
}
