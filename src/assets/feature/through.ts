import { type Asset, declaredAt } from '../../graph/index.ts';
import type { FeatureMap, Features, ValuesOf } from './declare.ts';
import type { FeaturesBody } from './spec.ts';

export type ThroughBody = {
  /** The features asset, of the entity that is asked about, whose feature names the other entity. */
  readonly by: string;
  readonly feature: string;
  /** The features asset of that other entity. */
  readonly of: string;
  readonly prefix: string;
};

/** Features of one entity, looked up through another: a card's last merchant's. */
export interface Through<Name extends string, Key extends string, F extends FeatureMap> extends Asset {
  readonly kind: 'through';
  readonly name: Name;
  readonly '~': Asset['~'] & { readonly key: Key; readonly features: F };
}

// biome-ignore lint/suspicious/noExplicitAny: of whatever entities and values
export type AnyThrough = Through<any, any, any>;

type Prefixed<F extends FeatureMap, Prefix extends string> = {
  readonly [K in keyof F & string as `${Prefix}${K}`]: F[K];
};

/** The features that can hold a key: no lists, no instants, and no numbers that measure. */
type KeyFeatures<F extends FeatureMap> = {
  [K in keyof F]: F[K] extends { readonly '~measure': true }
    ? never
    : Exclude<ValuesOf<F>[K], null> extends string | number | boolean
      ? K
      : never;
}[keyof F] &
  string;

/**
 * Features of the entity that a feature of another one names, as of the same instant. Where that feature has no value, they are those of an
 * entity that is not known.
 * @example
 * const usual = features('card_usual', { entity: card, from: payments, compute: ({ last }) => ({ merchant: last('merchant_id').over('30d') }) });
 * const atMerchant = through('card_merchant', { by: usual, feature: 'merchant', look: merchantActivity, prefix: 'merchant_' });
 */
export function through<
  const Name extends string,
  Key extends string,
  F extends FeatureMap,
  G extends FeatureMap,
  const Prefix extends string = '',
>(
  name: Name,
  options: {
    by: Features<string, Key, F>;
    feature: KeyFeatures<F>;
    look: Features<string, string, G>;
    /** Put before the names of the features. Default: nothing. */
    prefix?: Prefix;
    owner?: string;
    description?: string;
  },
): Through<Name, Key, Prefixed<G, Prefix>> {
  const { by, feature, look, prefix = '', owner, description } = options;
  const body: ThroughBody = { by: by.name, feature, of: look.name, prefix };
  return Object.freeze({
    kind: 'through',
    name,
    '~': Object.freeze({
      nodes: [
        {
          kind: 'through',
          name,
          inputs: [...new Set([by.name, look.name])],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
      features: Object.fromEntries(
        Object.entries(look.features).map(([feature, of]) => [`${prefix}${feature}`, of]),
      ),
    }),
  }) as unknown as Through<Name, Key, Prefixed<G, Prefix>>;
}

/** The same features with something before their names. */
export function renamed(body: FeaturesBody, prefix: string): FeaturesBody {
  if (prefix === '') return body;
  return { ...body, features: body.features.map((spec) => ({ ...spec, name: `${prefix}${spec.name}` })) };
}
