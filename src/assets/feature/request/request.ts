import { fingerprint } from '../../../base/index.ts';
import { type Asset, declaredAt } from '../../../graph/index.ts';
import { type ColumnSpec, type Columns, columnSpecs, type Row } from '../../contract/index.ts';
import type { AnyFeatures, FeatureMap, Features, ValuesOf } from '../declare.ts';
import type { AnyThrough, Through } from '../through.ts';

/** What a request feature may be. A Promise is none of them: the same function runs over history, a million rows at a time. */
export type RequestValue = number | string | boolean | null;

/** What a request function may give: a value, or a list of numbers that is as long each time (an embedding, say), each an input of its own. */
export type RequestGiven = RequestValue | readonly number[];

type AnyUsed = AnyFeatures | AnyThrough;

type ValuesOfUses<U extends Readonly<Record<string, AnyUsed>>> = {
  [P in keyof U]: U[P] extends Features<string, string, infer F extends FeatureMap>
    ? ValuesOf<F>
    : U[P] extends Through<string, string, infer G extends FeatureMap>
      ? ValuesOf<G>
      : never;
};

/** Features computed from the request itself and other features, when it is asked. */
export interface RequestFeatures<
  Name extends string,
  C extends Columns,
  U extends Readonly<Record<string, AnyUsed>>,
  Out,
> extends Asset {
  readonly kind: 'request-features';
  readonly name: Name;
  readonly request: C;
  readonly uses: U;
  readonly '~': Asset['~'] & { readonly out: Out };
}

// biome-ignore lint/suspicious/noExplicitAny: request features of whatever shape
export type AnyRequestFeatures = RequestFeatures<any, any, any, any>;

export type RequestBody = {
  readonly request: readonly ColumnSpec[];
  /** By the name the function knows them under. */
  readonly uses: Readonly<Record<string, string>>;
  /** A fingerprint of the function's text: another text, other features. What it closes over is not seen. */
  readonly code: string;
};

/**
 * One TypeScript function for history and for live requests. It must be pure: same input, same output, no clock, no randomness.
 * @example
 * const surprise = requestFeatures('surprise', {
 *   request: { amount: col.double() }, uses: { activity },
 *   compute: ({ request, activity }) => ({ vs_usual: activity.usual_30d === null ? null : request.amount / activity.usual_30d }),
 * });
 */
export function requestFeatures<
  const Name extends string,
  C extends Columns,
  Out extends Readonly<Record<string, RequestGiven>>,
  U extends Readonly<Record<string, AnyUsed>> = Readonly<Record<never, never>>,
>(
  name: Name,
  options: {
    request: C;
    uses?: U;
    compute: (input: { request: Row<C> } & ValuesOfUses<U>) => Out;
    owner?: string;
    description?: string;
  },
): RequestFeatures<Name, C, U, Out> {
  const { request, compute, owner, description } = options;
  const uses = (options.uses ?? {}) as U;
  const body: RequestBody = {
    request: columnSpecs(request),
    uses: Object.fromEntries(Object.entries(uses).map(([key, used]) => [key, used.name])),
    code: fingerprint(compute.toString()),
  };
  const asset = {
    kind: 'request-features',
    name,
    request,
    uses,
    '~': {
      nodes: [
        {
          kind: 'request-features',
          name,
          inputs: Object.values(body.uses),
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
      compute,
    },
  };
  return Object.freeze(asset) as unknown as RequestFeatures<Name, C, U, Out>;
}
