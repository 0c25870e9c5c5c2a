import type { Asset } from '../../graph/index.ts';

/** Something that features describe and predictions ask about: a card, a machine, a user, a user with an item. */
export interface Entity<Name extends string, Key extends string> extends Asset {
  readonly kind: 'entity';
  readonly name: Name;
  /** The columns that name one, in every dataset that knows it. Several columns name a pair, or more. */
  readonly keys: readonly Key[];
}

/**
 * @example
 * const card = entity('card', { key: 'card_id' });
 * const taste = entity('taste', { key: ['user_id', 'item_id'] });
 */
export function entity<const Name extends string, const Key extends string>(
  name: Name,
  options: { key: Key | readonly Key[] },
): Entity<Name, Key> {
  const { key } = options;
  const keys = Object.freeze(typeof key === 'string' ? [key] : [...key]);
  return Object.freeze({ kind: 'entity', name, keys, '~': { nodes: [] } });
}
