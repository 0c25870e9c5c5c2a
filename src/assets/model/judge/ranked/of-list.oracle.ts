import { ordersOf } from '../rows.fixture.ts';

interface Item {
  readonly relevance: number;
  readonly score: number;
}

/** What a figure of one order of items is on average over all orders that their scores allow. */
export function overAllOrders(
  items: readonly Item[],
  figure: (relevance: readonly number[]) => number,
): number {
  const orders = ordersOf(items).map((order) =>
    order.toSorted((a, b) => b.score - a.score).map(({ relevance }) => relevance),
  );
  return orders.reduce((sum, order) => sum + figure(order), 0) / orders.length;
}

const gainOf = (order: readonly number[], k: number): number =>
  order.slice(0, k).reduce((sum, relevance, i) => sum + relevance / Math.log2(i + 2), 0);

/** Each figure of one order, as it is written in textbooks; of items some of which are relevant. */
export const plainly = {
  ndcg: (order: readonly number[], k: number): number =>
    gainOf(order, k) /
    gainOf(
      order.toSorted((a, b) => b - a),
      k,
    ),
  hits: (order: readonly number[], k: number): number => order.slice(0, k).filter((r) => r > 0).length,
  hit: (order: readonly number[], k: number): number => (order.slice(0, k).some((r) => r > 0) ? 1 : 0),
  reciprocal: (order: readonly number[]): number => 1 / (order.findIndex((r) => r > 0) + 1),
  averagePrecision: (order: readonly number[]): number => {
    const places = [...order.keys()].filter((i) => (order[i] as number) > 0);
    return places.reduce((sum, i, n) => sum + (n + 1) / (i + 1), 0) / places.length;
  },
};
