import { fingerprint, MillraceError } from '../../../base/index.ts';
import { type Asset, declaredAt } from '../../../graph/index.ts';
import { type ColumnSpec, type Columns, columnSpecs, type Row } from '../../contract/index.ts';
import type { AnyFeatures, FeatureMap, Features, ValuesOf } from '../declare.ts';
import type { FeatureSpec } from '../spec.ts';
import type { AnyThrough, Through } from '../through.ts';
import { answersDigest } from './answers.ts';
import type { RequestGiven } from './compute.ts';
import { keptApart } from './left-behind.ts';
import type { UsedSpecs } from './made-up.ts';

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
  /** A fingerprint of the function's text and of its answers to inputs that are always the same: what it closes over shows there. */
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
  checkUses(name, uses);
  const columns = columnSpecs(request);
  let code: string | undefined;
  const body: RequestBody = {
    request: columns,
    uses: Object.fromEntries(Object.entries(uses).map(([key, used]) => [key, used.name])),
    // Found out when it is asked for: what the function uses may be declared further down.
    get code() {
      code ??= fingerprint({
        text: compute.toString(),
        answers: answersDigest(keptApart(name, compute as never), columns, specsOf(uses)),
      });
      return code;
    },
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

/** What types say, for those who run without them. @throws MILL_REQUEST_FEATURES_INVALID */
function checkUses(name: string, uses: Readonly<Record<string, AnyUsed>>): void {
  const refused = (message: string, todo: string): MillraceError =>
    new MillraceError({
      code: 'MILL_REQUEST_FEATURES_INVALID',
      message,
      todo,
      owner: 'project',
      asset: name,
    });
  for (const [key, used] of Object.entries(uses)) {
    if (key === 'request')
      throw refused(
        "It uses features under the name 'request', which is that of the question.",
        'Use them under another name.',
      );
    if (used?.kind !== 'features' && used?.kind !== 'through')
      throw refused(
        `It uses '${key}', which is ${used === undefined ? 'missing' : 'no features'}.`,
        'Use features, or features that are looked up through others.',
      );
  }
}

/** The features that a function is given, under its own names for their assets. */
function specsOf(uses: Readonly<Record<string, AnyUsed>>): UsedSpecs {
  return Object.fromEntries(
    Object.entries(uses).map(([key, used]) => {
      const features: FeatureMap = used.kind === 'through' ? used['~'].features : used.features;
      return [
        key,
        Object.entries(features).map(([name, { '~spec': spec }]) => ({ name, ...spec }) as FeatureSpec),
      ];
    }),
  );
}
