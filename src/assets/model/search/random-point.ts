import type { Json } from '../../../base/index.ts';
import { randomStream } from '../train/index.ts';
import { type DimensionSpec, type Point, type SpaceSpec, stretchOf } from './space.ts';

/** A value for each parameter, drawn evenly; by logarithm where the dimension is. */
export function randomPoint(dimensions: SpaceSpec, random: () => number): Point {
  return Object.fromEntries(
    Object.entries(dimensions).map(([name, dimension]) => [name, randomValue(dimension, random)]),
  );
}

/** A point of the space, each time the same one. */
export const anyPoint = (dimensions: SpaceSpec): Point => randomPoint(dimensions, randomStream(1));

export function randomValue(dimension: DimensionSpec, random: () => number): Json {
  if (dimension.kind === 'choice') {
    const { values } = dimension;
    return values[Math.floor(random() * values.length)] as Json;
  }
  const { low, high, at } = stretchOf(dimension);
  return at(low + random() * (high - low));
}
