// A request function is told apart from what it must not do by letting it do it and watching: what it asks for besides its input
// is noted, and answered as ever.

/** What a call of a function gave, and what it used besides its input: `Date.now`, `Math.random`. */
export interface Watched<Value> {
  readonly value: Value;
  readonly used: readonly string[];
}

/**
 * Calls a function and watches the clock and chance meanwhile. Only what runs before it returns is seen, and only where it
 * goes through the global names.
 */
export function watched<Value>(call: () => Value): Watched<Value> {
  const used = new Set<string>();
  const undo: (() => void)[] = [];
  const put = (on: object, name: string, to: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(on, name);
    Object.defineProperty(on, name, { configurable: true, writable: true, enumerable: false, value: to });
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(on, name);
      else Object.defineProperty(on, name, before);
    });
  };
  const noted = (name: string, own: (...given: never[]) => unknown, self: object): unknown =>
    new Proxy(own, {
      apply(target, _, given) {
        used.add(name);
        return Reflect.apply(target, self, given);
      },
      get(target, property) {
        // `process.hrtime.bigint` is a clock too.
        if (property === 'bigint') used.add(name);
        return Reflect.get(target, property);
      },
    });
  try {
    put(globalThis, 'Date', watchedDate(used));
    put(Math, 'random', noted('Math.random', Math.random, Math));
    put(performance, 'now', noted('performance.now', performance.now, performance));
    put(process, 'hrtime', noted('process.hrtime', process.hrtime, process));
    put(crypto, 'randomUUID', noted('crypto.randomUUID', crypto.randomUUID, crypto));
    put(crypto, 'getRandomValues', noted('crypto.getRandomValues', crypto.getRandomValues, crypto));
    return { value: call(), used: [...used] };
  } finally {
    for (const back of undo.reverse()) back();
  }
}

/** `Date`, but that notes who asks it for now. */
function watchedDate(used: Set<string>): DateConstructor {
  const real = Date;
  const now = (): number => {
    used.add('Date.now');
    return real.now();
  };
  return new Proxy(real, {
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    construct(target, given, made) {
      if (given.length === 0) used.add('new Date()');
      return Reflect.construct(target, given, made);
    },
    apply(target) {
      used.add('Date()');
      return target();
    },
  });
}
