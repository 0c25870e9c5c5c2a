import type { Page, PageAsk, View } from '../../store/tracking/index.ts';
import type { Fields } from './fields.ts';
import { invalid } from './wire-error.ts';

const views: Readonly<Record<string, View>> = {
  ACTIVE_ONLY: 'active',
  DELETED_ONLY: 'deleted',
  ALL: 'all',
  1: 'active',
  2: 'deleted',
  3: 'all',
};

/** Which of them a search sees: by word, or by the number of the word. */
export function viewOf(fields: Fields, name: string): View {
  const said = fields.wordOrNumber(name);
  if (said === undefined || said === '') return 'active';
  const view = Object.hasOwn(views, said) ? views[said] : undefined;
  if (view === undefined)
    throw invalid(`Invalid value ${JSON.stringify(said)} for parameter '${name}' supplied.`);
  return view;
}

/** The bounds of a page: so many items when nothing is said, and so many at the most. */
interface Bounds {
  readonly usual: number;
  readonly most: number;
}

/** What a search asks for, besides what it looks in. */
export function pageAsk(fields: Fields, bounds: Bounds): PageAsk {
  return { ...pageBounds(fields, bounds), orderBy: fields.texts('order_by', true) ?? [] };
}

/** The same where the order is said in another form. */
export function pageBounds(fields: Fields, { usual, most }: Bounds): Omit<PageAsk, 'orderBy'> {
  // The wire's own default of a number that is not said.
  const wanted = fields.int('max_results') || usual;
  if (wanted < 1 || wanted > most)
    throw fields.refuse('max_results', `It must be a positive integer, and at most ${most}.`);
  const token = fields.text('page_token');
  return { filter: fields.text('filter') ?? '', most: wanted, ...(token === undefined ? {} : { token }) };
}

/** A page under the name that its items have on the wire. */
export function pageForm<T>(name: string, { items, next }: Page<T>, form: (item: T) => object): object {
  return { [name]: items.map(form), ...(next === undefined ? {} : { next_page_token: next }) };
}
