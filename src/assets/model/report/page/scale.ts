/** Puts values on a line of pixels. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

type Pixels = readonly [from: number, to: number];

/** Even steps; ticks at 1, 2 or 5 times a power of ten. */
export function linear(low: number, high: number, [from, to]: Pixels): Scale {
  const span = high - low || 1;
  const rough = span / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough * 0.999) as number);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    ticks.push(k === 0 ? 0 : k * step);
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks };
}

/** Square-root steps from 0: gives room to small shares, and has a place for 0, which a log scale has not. */
export function root(high: number, [from, to]: Pixels): Scale {
  const ticks = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1].filter((tick) => tick <= high);
  const at = (value: number) => from + Math.sqrt(Math.max(0, value) / high) * (to - from);
  // Ticks closer than this to the one before would have their labels touch.
  const apart = ticks.reduce<number[]>((kept, tick) => {
    const last = kept.at(-1);
    if (last === undefined || Math.abs(at(tick) - at(last)) >= 28) kept.push(tick);
    return kept;
  }, []);
  return { at, ticks: apart };
}

/** Tenfold steps for counts; 0 stands at the bottom, half a step below 1. */
export function tenfold(high: number, [from, to]: Pixels): Scale {
  const top = Math.max(1, Math.ceil(Math.log10(Math.max(1, high)) - 1e-9));
  const at = (value: number) => {
    const level = value < 1 ? 0 : Math.log10(value) + 0.5;
    return from + (level / (top + 0.5)) * (to - from);
  };
  return { at, ticks: Array.from({ length: top + 1 }, (_, k) => 10 ** k) };
}
