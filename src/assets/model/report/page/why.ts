import type { InputWhy, Why } from '../why.ts';
import { type Html, html } from './html.ts';
import { count } from './numbers.ts';
import { linear } from './scale.ts';

const WIDTH = 880;
const ROW = 40;
const LEFT = 190;
const RIGHT = 16;
/** Half of how far dots spread to the sides of their line, and how wide a column of them is. */
const SPREAD = 15;
const COLUMN = 4;
/** Heights of a value told apart by colour. */
const SHADES = 5;

/** A line for each input, a dot for each row: how far it moved the answer, by how high its value is. */
export function whyChart({ inputs, rows }: Why): Html {
  const drawn = inputs.filter(({ points, mean }) => points.length > 0 && mean > 0);
  if (drawn.length === 0) return html``;
  const all = drawn.flatMap(({ points }) => points.map(([adds]) => adds));
  const [low, high] = [Math.min(...all, 0), Math.max(...all, 0)];
  const scale = linear(low, high, [LEFT, WIDTH - RIGHT]);
  const foot = drawn.length * ROW;
  const height = foot + 52;
  const zero = scale.at(0).toFixed(1);
  const ticks = scale.ticks.map(
    (value) =>
      html`<text class="tick" text-anchor="middle" x="${scale.at(value).toFixed(1)}" y="${foot + 26}">${String(Number(value.toPrecision(4)))}</text>`,
  );
  const lines = drawn.map((one, i) => {
    const middle = i * ROW + ROW / 2;
    const name = one.input.length > 26 ? `${one.input.slice(0, 25)}…` : one.input;
    return html`<text class="name" text-anchor="end" x="${LEFT - 14}" y="${middle + 4}">${name}</text><line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${middle}" y2="${middle}"/>${swarm(one, scale.at, middle)}`;
  });
  return html`<figure class="swarm"><h3>How inputs move an answer</h3><div class="wide"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="What each input adds to the score, by row">
<line class="axis" x1="${zero}" x2="${zero}" y1="0" y2="${foot + 10}"/>${lines}${ticks}<text class="label" text-anchor="middle" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 6}">added to the raw score</text></svg></div><figcaption>A dot for a row, over ${count(rows)} of the rows judged by: right of the line the input raised the raw score, left of it it lowered it. <span class="key s0"></span>low values, <span class="key s4"></span>high ones, <span class="key none"></span>missing values and categories.</figcaption></figure>`;
}

/** Dots that would lie on each other are moved to the sides. */
function swarm({ points }: InputWhy, at: (value: number) => number, middle: number): Html {
  const taken = new Map<number, number>();
  const paths: string[] = Array.from({ length: SHADES + 1 }, () => '');
  for (const [adds, height] of points) {
    const x = at(adds);
    const column = Math.round(x / COLUMN);
    const before = taken.get(column) ?? 0;
    taken.set(column, before + 1);
    const side = (before % 2 === 0 ? 1 : -1) * Math.ceil(before / 2) * 3;
    const y = middle + Math.max(-SPREAD, Math.min(SPREAD, side));
    const shade = height === null ? SHADES : Math.min(SHADES - 1, Math.floor(height * SHADES));
    paths[shade] += `M${x.toFixed(1)} ${y}h0`;
  }
  return html`${paths.map((path, shade) => (path === '' ? '' : html`<path class="dots ${shade === SHADES ? 'none' : `s${shade}`}" d="${path}"/>`))}`;
}
