import type { FeaturesBody } from '../src/assets/feature/index.ts';
import type { Project } from '../src/graph/index.ts';
import { col, entity, features, files, project, source, stream } from '../src/index.ts';

// What the benches of features declare.

const columns = { card_id: col.string(), amount: col.double(), paid_at: col.timestamp() };
const payments = source('payments', { from: files('payments.csv'), columns, eventTime: 'paid_at' });
const late = source('late_payments', {
  from: files('payments.csv'),
  columns: { ...columns, known_at: col.timestamp() },
  eventTime: 'paid_at',
  availableAt: 'known_at',
});
const posted = source('posted', { from: stream(), columns, eventTime: 'paid_at' });
const card = entity('card', { key: 'card_id' });

/** The windows of the offline bench, × sum, count, mean, max. */
export const WINDOWS = ['1h', '24h', '7d', '30d'] as const;
type Window = (typeof WINDOWS)[number] | '2h' | '6h' | '12h' | '3d' | '14d' | '21d' | '100d';

/** 4 features a window, all named for it. */
const four = (name: string, from: typeof payments | typeof late, windows: readonly Window[]) =>
  features(name, {
    entity: card,
    from: from as typeof payments,
    compute: ({ count, sum, mean, max }) =>
      Object.fromEntries(
        windows.flatMap((w) =>
          Object.entries({
            [`count_${w}`]: count().over(w),
            [`sum_${w}`]: sum('amount').over(w),
            [`mean_${w}`]: mean('amount').over(w),
            [`max_${w}`]: max('amount').over(w),
          }),
        ),
      ),
  });

const FIFTY = ['1h', '2h', '6h', '12h', '24h', '3d', '7d', '14d', '21d', '30d'] as const;
const fifty = features('fifty', {
  entity: card,
  from: payments,
  compute: ({ count, sum, mean, min, max }) =>
    Object.fromEntries(
      FIFTY.flatMap((w) =>
        Object.entries({
          [`count_${w}`]: count().over(w),
          [`sum_${w}`]: sum('amount').over(w),
          [`mean_${w}`]: mean('amount').over(w),
          [`min_${w}`]: min('amount').over(w),
          [`max_${w}`]: max('amount').over(w),
        }),
      ),
    ),
});
const arriving = features('arriving', {
  entity: card,
  from: posted,
  compute: ({ count, sum }) => ({ count_1h: count().over('1h'), sum_1h: sum('amount').over('1h') }),
});

const bodyOf = (asset: { readonly '~': { readonly nodes: readonly { readonly body: unknown }[] } }) =>
  asset['~'].nodes[0]?.body as FeaturesBody;

/** 4 windows × 4 aggregates, known when they happen. */
export const sixteen = bodyOf(four('sixteen', payments, WINDOWS));
/** The same where each row is known by a column of its own. */
export const sixteenLate = bodyOf(four('sixteen_late', late, WINDOWS));
/** Everything there is before an ask: what a table of running values can say. */
export const everything = bodyOf(four('everything', payments, ['100d']));
/** One window alone. */
export const oneWindow = (window: Window): FeaturesBody => bodyOf(four('one_window', payments, [window]));
export const fiftyBody = bodyOf(fifty);

/** Names that servers know. */
export const SERVED = { fifty: 'fifty', arriving: 'arriving', posted: 'posted' } as const;

export default project('features_bench', { payments, posted, card, fifty, arriving }) as unknown as Project;
