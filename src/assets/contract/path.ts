import type { ColumnSpec } from './spec.ts';

// Where in a JSON object a column's value lies: a JSON pointer (RFC 6901), `/customer/address/city`, `/items/0/price`. A step names a
// member of an object, or by its number an element of an array. People write it with dots; a name that holds a dot as a pointer.

/** `customer.address.city` and `items[0].price` as pointers; a pointer as it is. A text that is neither is given back. */
export function pointerOf(path: string): string {
  if (path.startsWith('/')) return path;
  if (!/^[^.[\]]+(\.[^.[\]]+|\[(0|[1-9]\d*)\])*$/.test(path)) return path;
  return path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .map((step) => memberPointer(step))
    .join('');
}

/** How deep a value may lie, and how long its pointer may be. */
const DEEPEST = 100;
const LONGEST = 1000;

export function isPointer(text: string): boolean {
  return (
    /^(\/([^~/\0]|~[01])*)+$/.test(text) && text.length <= LONGEST && text.split('/').length - 1 <= DEEPEST
  );
}

/** A member of an object. */
export function memberPointer(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function stepsOf(pointer: string): string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Where a column's value lies: where it says, or else in the member of its name. */
export function pointerTo({ name, at }: Pick<ColumnSpec, 'name' | 'at'>): string {
  return at ?? memberPointer(name);
}

/** A pointer as people write it: with dots where that says the same. */
export function pathText(pointer: string): string {
  const dotted = stepsOf(pointer).join('.');
  return pointerOf(dotted) === pointer ? dotted : pointer;
}

/** The element of an array that a step means; undefined for none. */
const INDEX = /^(0|[1-9]\d*)$/;

/** The value there, own members only; undefined when there is none. */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  let here = value;
  for (const step of steps) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    if (Array.isArray(here) && !INDEX.test(step)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[step];
  }
  return here;
}
