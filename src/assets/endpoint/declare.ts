import { type Asset, declaredAt } from '../../graph/index.ts';
import type { Column, Columns, Dataset } from '../contract/index.ts';
import type { AnyModel } from '../model/index.ts';

/** Where a model answers questions. `Item`: the key whose values it ranks; '' where it answers about one. */
export interface Endpoint<Name extends string, M, Item extends string = ''> extends Asset {
  readonly kind: 'endpoint';
  readonly name: Name;
  readonly model: M;
  readonly '~': Asset['~'] & { readonly item: Item };
}

/** What is ranked. */
export type RankSpec = {
  /** The key of the model whose values are ranked. */
  readonly item: string;
  /** The dataset with the items, in a column of that name. */
  readonly among: string;
  /** How many are answered. */
  readonly top: number;
};

export type EndpointBody = {
  readonly model: string;
  readonly rank?: RankSpec;
  /** Refuse rather than answer from features that are staler than declared. */
  readonly require?: 'fresh';
  /** Every how many predictions one is computed again, to see that it was served right; 0 for none. Absent: 100. */
  readonly audit?: { readonly every: number };
};

/**
 * A model behind `POST /v1/predict/{name}`.
 * @example
 * const screen = endpoint('screen', { model: fraud });
 * const recommend = endpoint('recommend', { model: taste, rank: { item: 'item_id', among: products, top: 20 } });
 */
export function endpoint<
  const Name extends string,
  M extends AnyModel,
  const Item extends M['~']['key'] = never,
>(
  name: Name,
  options: {
    model: M;
    /**
     * Answers with a list, best first: the model is asked about every `item` that stands in the dataset `among`, in a column of the key's name, and the `top` (default 10) with the
     * highest probability or value are answered. The question leaves the item out.
     */
    rank?: {
      item: Item;
      among: Dataset<string, { readonly [K in Item]: Column<unknown, boolean> } & Columns>;
      top?: number;
    };
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
): Endpoint<Name, M, [Item] extends [never] ? '' : Item> {
  const { model, audit, owner, description, require, rank } = options;
  const body: EndpointBody = {
    model: model.name,
    ...(rank === undefined
      ? {}
      : { rank: { item: rank.item, among: (rank.among as Asset).name, top: rank.top ?? 10 } }),
    ...(require === undefined ? {} : { require }),
    ...(audit === undefined ? {} : { audit: { every: audit.every } }),
  };
  const made = {
    kind: 'endpoint',
    name,
    model,
    '~': {
      nodes: [
        {
          kind: 'endpoint',
          name,
          inputs: [model.name, ...(body.rank === undefined ? [] : [body.rank.among])],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  };
  return Object.freeze(made) as never;
}
