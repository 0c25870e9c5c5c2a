import { type Asset, declaredAt } from '../../graph/index.ts';
import type { AnyModel } from '../model/index.ts';

/** Where a model answers questions. */
export interface Endpoint<Name extends string, M> extends Asset {
  readonly kind: 'endpoint';
  readonly name: Name;
  readonly model: M;
}

export type EndpointBody = { readonly model: string };

/**
 * A model behind `POST /v1/predict/{name}`.
 * @example
 * const screen = endpoint('screen', { model: fraud });
 */
export function endpoint<const Name extends string, M extends AnyModel>(
  name: Name,
  options: { model: M; owner?: string; description?: string },
): Endpoint<Name, M> {
  const { model, owner, description } = options;
  const body: EndpointBody = { model: model.name };
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
