import { type Asset, declaredAt } from '../../graph/index.ts';
import type { AnyModel } from '../model/index.ts';

/** Where a model answers questions. */
export interface Endpoint<Name extends string, M> extends Asset {
  readonly kind: 'endpoint';
  readonly name: Name;
  readonly model: M;
}

export type EndpointBody = {
  readonly model: string;
  /** Refuse rather than answer from features that are staler than declared. */
  readonly require?: 'fresh';
  /** Every how many predictions one is computed again, to see that it was served right; 0 for none. Absent: 100. */
  readonly audit?: { readonly every: number };
};

/**
 * A model behind `POST /v1/predict/{name}`.
 * @example
 * const screen = endpoint('screen', { model: fraud });
 */
export function endpoint<const Name extends string, M extends AnyModel>(
  name: Name,
  options: {
    model: M;
    /** `'fresh'`: it refuses to answer (503) while features know only rows older than their `fresh`. Default: it answers from what is known. */
    require?: 'fresh';
    /**
     * Every how many predictions one is audited in the background: its features are computed again from the lake and the log, and held
     * against what was served. Default: 100; 0 for none.
     */
    audit?: { every: number };
    owner?: string;
    description?: string;
  },
): Endpoint<Name, M> {
  const { model, audit, owner, description, require } = options;
  const body: EndpointBody = {
    model: model.name,
    ...(require === undefined ? {} : { require }),
    ...(audit === undefined ? {} : { audit: { every: audit.every } }),
  };
  return Object.freeze({
    kind: 'endpoint',
    name,
    model,
    '~': {
      nodes: [
        {
          kind: 'endpoint',
          name,
          inputs: [model.name],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  });
}
