import { type Html, html } from './html.ts';
import type { Scale } from './scale.ts';

const WIDTH = 440;
const HEIGHT = 300;
const LEFT = 54;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 44;

/** Pixels that the axes reach over: left to right, bottom to top. */
export const ACROSS = [LEFT, WIDTH - RIGHT] as const;
export const UP = [HEIGHT - BOTTOM, TOP] as const;

export interface Axis {
  readonly scale: Scale;
  readonly label: string;
  readonly tick: (value: number) => string;
}

export type Point = readonly [x: number, y: number];

/** A chart with axes, grid and marks, as inline SVG. `title` is read out to those who cannot see it. */
export function plot(title: string, x: Axis, y: Axis, marks: readonly Html[]): Html {
  const [left, right] = ACROSS;
  const [bottom, top] = UP;
  const columns = x.scale.ticks.map((tick) => {
    const at = px(x.scale.at(tick));
    return html`<line class="grid" x1="${at}" x2="${at}" y1="${bottom}" y2="${top}"/><text class="tick" text-anchor="middle" x="${at}" y="${bottom + 16}">${x.tick(tick)}</text>`;
  });
  const lines = y.scale.ticks.map((tick) => {
    const at = px(y.scale.at(tick));
    return html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text class="tick" text-anchor="end" x="${left - 7}" y="${at + 3.5}">${y.tick(tick)}</text>`;
  });
  const middle = (bottom + top) / 2;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${columns}${lines}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
${marks}
<text class="label" text-anchor="middle" x="${(left + right) / 2}" y="${HEIGHT - 8}">${x.label}</text>
<text class="label" text-anchor="middle" transform="rotate(-90 13 ${middle})" x="13" y="${middle}">${y.label}</text>
</svg>`;
}

/** A line through points given in the axes' values. */
export function curve(kind: string, x: Axis, y: Axis, points: readonly Point[]): Html {
  return html`<path class="${kind}" d="${pathOf(x, y, points)}"/>`;
}

/** The area between two lines over the same x. */
export function band(x: Axis, y: Axis, low: readonly Point[], high: readonly Point[]): Html {
  return html`<path class="band" d="${pathOf(x, y, [...high, ...low.toReversed()])}Z"/>`;
}

export function dots(x: Axis, y: Axis, points: readonly Point[]): Html {
  return html`${points.map(([a, b]) => html`<circle class="dot" cx="${px(x.scale.at(a))}" cy="${px(y.scale.at(b))}" r="3.5"/>`)}`;
}

/** A marked point with a word beside it: above or below it, on the side with more room. */
export function marked(x: Axis, y: Axis, [a, b]: Point, word: string, where: 'above' | 'below'): Html {
  const cx = px(x.scale.at(a));
  const cy = px(y.scale.at(b));
  const right = cx < ACROSS[1] - 80;
  // Below a point on the axis stand the axis' own numbers.
  const below = where === 'below' && cy < UP[0] - 20;
  return html`<circle class="here" cx="${cx}" cy="${cy}" r="5"/><text class="word" text-anchor="${right ? 'start' : 'end'}" x="${px(cx + (right ? 8 : -8))}" y="${px(cy + (below ? 17 : -9))}">${word}</text>`;
}

/** A bar standing on the x axis, from one x to another, drawn within the part [start, end] of its width. */
export function bar(
  kind: string,
  x: Axis,
  y: Axis,
  [from, to]: Point,
  height: number,
  [start, end]: Point,
): Html {
  const a = x.scale.at(from);
  const width = x.scale.at(to) - a;
  const top = y.scale.at(height);
  return html`<rect class="${kind}" x="${px(a + width * start)}" width="${px(width * (end - start))}" y="${px(top)}" height="${px(Math.max(0, UP[0] - top))}"/>`;
}

function pathOf(x: Axis, y: Axis, points: readonly Point[]): string {
  return points
    .map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${px(x.scale.at(a))} ${px(y.scale.at(b))}`)
    .join('');
}

/** A tenth of a pixel is as fine as anybody sees. */
function px(value: number): number {
  return Math.round(value * 10) / 10;
}
