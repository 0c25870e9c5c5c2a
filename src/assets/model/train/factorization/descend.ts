import { sigmoid } from '../loss.ts';
import { type Factors, scoreOf, sumAt } from './factors.ts';

/** Steps along the slope of one row after the other, each number's step shrinking with the slopes it has seen (Adagrad: Duchi, Hazan, Singer 2011). */
export class Descent {
  readonly #users: Factors;
  readonly #items: Factors;
  /** Of slopes, as the numbers of both sides lie: everyone's and the table. */
  readonly #squares: readonly Float64Array[];
  readonly #rate: number;
  readonly #l2: number;
  readonly #user: Float64Array;
  readonly #item: Float64Array;
  readonly #less: Float64Array;

  constructor(users: Factors, items: Factors, rate: number, l2: number) {
    this.#users = users;
    this.#items = items;
    this.#rate = rate;
    this.#l2 = l2;
    this.#squares = [users.everyone, users.table, items.everyone, items.table].map((numbers) =>
      new Float64Array(numbers.length).fill(1e-6),
    );
    [this.#user, this.#item, this.#less] = [
      new Float64Array(users.width),
      new Float64Array(users.width),
      new Float64Array(users.width),
    ];
  }

  /** One row that is to be told as `wanted`: by its log-odds, or as a number. `user` and `item` are places. */
  tell(
    user: Int32Array,
    item: Int32Array,
    wanted: number,
    weight: number,
    loss: 'logistic' | 'squared',
  ): void {
    const { width } = this.#users;
    sumAt(this.#users, user, 0, user.length, this.#user);
    sumAt(this.#items, item, 0, item.length, this.#item);
    const score = scoreOf(this.#user, this.#item, width);
    const slope = weight * ((loss === 'logistic' ? sigmoid(score) : score) - wanted);
    const [toUser, toItem] = [this.#item.slice(), this.#user.slice()];
    toUser[width - 1] = 1;
    toItem[width - 1] = 1;
    this.#move(0, user, toUser, slope);
    this.#move(2, item, toItem, slope);
  }

  /** One item that is to come before another. */
  prefer(user: Int32Array, item: Int32Array, less: Int32Array, weight: number): void {
    const { width } = this.#users;
    sumAt(this.#users, user, 0, user.length, this.#user);
    sumAt(this.#items, item, 0, item.length, this.#item);
    sumAt(this.#items, less, 0, less.length, this.#less);
    const ahead = scoreOf(this.#user, this.#item, width) - scoreOf(this.#user, this.#less, width);
    const slope = -weight * sigmoid(-ahead);
    const apart = this.#item.map((value, d) => value - this.#less[d]!);
    // Who is asked for is the same on both sides: a bias of theirs says nothing.
    apart[width - 1] = 0;
    const toItem = this.#user.slice();
    toItem[width - 1] = 1;
    this.#move(0, user, apart, slope, false);
    // What both items have in common stays as it is.
    const [own, others] = [
      item.map((place, c) => (place === less[c] ? 0 : place)),
      less.map((place, c) => (place === item[c] ? 0 : place)),
    ];
    this.#move(2, own, toItem, slope, false);
    this.#move(2, others, toItem, -slope, false);
  }

  #move(side: 0 | 2, places: Int32Array, along: Float64Array, slope: number, everyone = true): void {
    const { width, everyone: base, table } = side === 0 ? this.#users : this.#items;
    if (everyone) this.#step(base, this.#squares[side]!, 0, along, slope, width);
    for (const place of places)
      if (place > 0) this.#step(table, this.#squares[side + 1]!, place * width, along, slope, width);
  }

  #step(
    numbers: Float64Array,
    squares: Float64Array,
    at: number,
    along: Float64Array,
    slope: number,
    width: number,
  ): void {
    for (let d = 0; d < width; d++) {
      const g = slope * along[d]! + this.#l2 * numbers[at + d]!;
      squares[at + d]! += g * g;
      numbers[at + d]! -= (this.#rate * g) / Math.sqrt(squares[at + d]!);
    }
  }
}
