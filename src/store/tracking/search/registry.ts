import { pageOf } from '../page.ts';
import type { ModelVersion, Page, PageAsk, RegisteredModel, Tag } from '../tracking.port.ts';
import { invalid } from '../tracking-problem.ts';
import { compare, LISTS, NUMERIC, numberOf, TEXT, wantText } from './compare.ts';
import { columnOf, type Entity, entityOf } from './entities.ts';
import { type Comparison, parseFilter } from './filter.ts';
import { type Order, parseOrder } from './order.ts';

/** MLflow keeps prompts as registered models with this tag. Who does not ask for them does not get them. */
const PROMPT = 'mlflow.prompt.is_prompt';

const entities: readonly Entity[] = ['attribute', 'tag'];
const versionTexts = { name: 'name', run_id: 'run', source_path: 'source' } as const;
const versionOrder = {
  name: 'name',
  version_number: 'version',
  creation_timestamp: 'createdAt',
  last_updated_timestamp: 'updatedAt',
} as const;
const modelOrder = { name: 'name', timestamp: 'updatedAt', last_updated_timestamp: 'updatedAt' } as const;

/** A page of registered models, wherever they are kept. Ordered by name when nothing else is asked for. */
export function searchModels(models: readonly RegisteredModel[], ask: PageAsk): Page<RegisteredModel> {
  const comparisons = parseFilter(ask.filter ?? '').map((comparison) => {
    if (entityOf(comparison, entities) === 'attribute') {
      columnOf(comparison.key, { name: 'name' });
      wantText(comparison, [...TEXT, ...LISTS], 'attributes');
    } else wantText(comparison, TEXT, 'tag');
    return comparison;
  });
  const found = models.filter(
    (model) =>
      (asksForPrompts(comparisons) || !isPrompt(model)) &&
      comparisons.every((comparison) =>
        comparison.entity === undefined || entityOf(comparison, entities) === 'attribute'
          ? compare(model.name, comparison)
          : fitsTag(model.tags, comparison),
      ),
  );
  const orders = terms(parseOrder(ask.orderBy ?? []), modelOrder);
  return paged(found.toSorted(by([...orders, { column: 'name', ascending: true }])), ask);
}

/** A page of model versions, wherever they are kept. The last changed come first when nothing else is asked for. */
export function searchVersions(versions: readonly ModelVersion[], ask: PageAsk): Page<ModelVersion> {
  const comparisons = parseFilter(ask.filter ?? '').map(checkedVersion);
  const found = versions.filter(
    (version) =>
      (asksForPrompts(comparisons) || !isPrompt(version)) &&
      comparisons.every((comparison) => fitsVersion(version, comparison)),
  );
  const asked = ask.orderBy?.length
    ? terms(parseOrder(ask.orderBy), versionOrder)
    : [{ column: 'updatedAt', ascending: false } as const];
  const orders = [
    ...asked,
    { column: 'name', ascending: true },
    { column: 'version', ascending: false },
  ] as const;
  return paged(found.toSorted(by(orders)), ask);
}

/** The name that a filter of versions is about, where it says one: only those need be looked at. */
export function nameAsked(filter = ''): string | undefined {
  const found = parseFilter(filter).find(({ key, operator }) => key === 'name' && operator === '=');
  return found !== undefined && entityOf(found, entities) === 'attribute' ? String(found.value) : undefined;
}

function checkedVersion(comparison: Comparison): Comparison {
  const { key, operator, value } = comparison;
  if (entityOf(comparison, entities) === 'tag') {
    wantText(comparison, TEXT, 'tag');
    return comparison;
  }
  if (key === 'version_number') {
    if (!NUMERIC.includes(operator)) throw invalid(`Invalid comparator for attribute ${key}: ${operator}`);
    // It may be said as a text: '3'.
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    if (!Number.isInteger(number)) throw invalid(`Invalid value for numeric attribute '${key}': ${value}`);
    return { ...comparison, value: numberOf({ ...comparison, value: number }, 'numeric attribute') };
  }
  columnOf(key, { ...versionTexts, version_number: 'version' });
  wantText(comparison, key === 'source_path' ? TEXT : [...TEXT, ...LISTS], 'attributes');
  return comparison;
}

function fitsVersion(version: ModelVersion, comparison: Comparison): boolean {
  if (entityOf(comparison, entities) === 'tag') return fitsTag(version.tags, comparison);
  if (comparison.key === 'version_number') return compare(version.version, comparison);
  return compare(version[versionTexts[comparison.key as keyof typeof versionTexts]], comparison);
}

function fitsTag(tags: readonly Tag[], comparison: Comparison): boolean {
  const tag = tags.find(({ key }) => key === comparison.key);
  if (tag === undefined && comparison.key === PROMPT)
    return comparison.operator === '=' ? comparison.value === 'false' : comparison.value === 'true';
  return compare(tag?.value ?? null, comparison);
}

const isPrompt = ({ tags }: { readonly tags: readonly Tag[] }): boolean =>
  tags.some(({ key, value }) => key === PROMPT && value.toLowerCase() === 'true');

const asksForPrompts = (comparisons: readonly Comparison[]): boolean =>
  comparisons.some(
    ({ key, operator, value }) =>
      key === PROMPT && ((operator === '=' && value === 'true') || (operator === '!=' && value === 'false')),
  );

interface Term<C> {
  readonly column: C;
  readonly ascending: boolean;
}

function terms<C extends string>(orders: readonly Order[], columns: Readonly<Record<string, C>>): Term<C>[] {
  return orders.map((order) => {
    if (entityOf(order, entities) === 'tag') throw invalid('Invalid order_by entity: tag');
    return { column: columnOf(order.key, columns) as C, ascending: order.ascending };
  });
}

function by<C extends string>(
  orders: readonly Term<C>[],
): (a: Readonly<Record<C, string | number>>, b: Readonly<Record<C, string | number>>) => number {
  return (a, b) => {
    for (const { column, ascending } of orders) {
      if (a[column] === b[column]) continue;
      return a[column] < b[column] === ascending ? -1 : 1;
    }
    return 0;
  };
}

const paged = <T>(sorted: readonly T[], ask: PageAsk): Page<T> =>
  pageOf(
    ask,
    (limit, offset) => sorted.slice(offset, offset + limit),
    (found) => found,
  );
