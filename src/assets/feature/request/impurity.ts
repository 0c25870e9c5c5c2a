// A request function is told apart from what it must not do by letting it do it and watching: what it asks for besides its input
// is noted, and answered as ever.

/** What a call of a function gave, and what it used besides its input: `Date.now`, `Math.random`, `process.env`, and of where it runs: `getHours`. */
export interface Watched<Value> {
  readonly value: Value;
  readonly used: readonly string[];
  readonly local: readonly string[];
}

/**
 * Calls a function and watches the clock, chance, the process, what is put off, time zone and language meanwhile. Only what runs before it
 * returns is seen, and only where it goes through the global names.
 */
export function watched<Value>(call: () => Value): Watched<Value> {
  const used = new Set<string>();
  const local = new Set<string>();
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
  return replaced((put) => {
    putLocal(put, local);
    putLater(put, used);
    put(globalThis, 'Date', watchedDate(used, local));
    put(Math, 'random', noted('Math.random', Math.random, Math));
    put(performance, 'now', noted('performance.now', performance.now, performance));
    put(process, 'hrtime', noted('process.hrtime', process.hrtime, process));
    put(crypto, 'randomUUID', noted('crypto.randomUUID', crypto.randomUUID, crypto));
    put(crypto, 'getRandomValues', noted('crypto.getRandomValues', crypto.getRandomValues, crypto));
    // From here on whoever asks `process` is noted.
    put(globalThis, 'process', watchedProcess(used));
    return { value: call(), used: [...used], local: [...local] };
  });
}

/** Notes who has something done later, or fetches. It is not done: nobody would see what becomes of it. */
export function putLater(put: Put, used = new Set<string>()): void {
  const later = (on: object, name: string, instead: () => unknown, called = name): void =>
    put(on, name, () => {
      used.add(called);
      return instead();
    });
  // What is given can be cleared, as ever.
  const { setTimeout: timer, setImmediate: turn } = globalThis;
  for (const name of ['setTimeout', 'setInterval']) later(globalThis, name, () => timer(() => {}, 0).unref());
  later(globalThis, 'setImmediate', () => turn(() => {}).unref());
  later(globalThis, 'queueMicrotask', () => undefined);
  later(process, 'nextTick', () => undefined, 'process.nextTick');
  later(globalThis, 'fetch', () => new Promise(() => {}));
}

/** `process`, but that notes what it is asked for. */
function watchedProcess(used: Set<string>): NodeJS.Process {
  return new Proxy(process, {
    get(target, name) {
      used.add(`process.${String(name)}`);
      return Reflect.get(target, name);
    },
  });
}

type Put = (on: object, name: string, to: unknown) => void;

/** Has other things stand in the place of global ones while something runs, and puts them back. */
export function replaced<Value>(run: (put: Put) => Value): Value {
  const undo: (() => void)[] = [];
  try {
    return run((on, name, to) => {
      const before = Object.getOwnPropertyDescriptor(on, name);
      Object.defineProperty(on, name, { configurable: true, writable: true, enumerable: false, value: to });
      undo.push(() => {
        if (before === undefined) Reflect.deleteProperty(on, name);
        else Object.defineProperty(on, name, before);
      });
    });
  } finally {
    for (const back of undo.reverse()) back();
  }
}

/** `Date`, but that notes who asks it for now, or for an instant by the clock on the wall. */
function watchedDate(used: Set<string>, local: Set<string>): DateConstructor {
  const real = Date;
  const now = (): number => {
    used.add('Date.now');
    return real.now();
  };
  const parse = (text: string): number => {
    if (isLocal(text)) local.add('Date.parse of a text without a time zone');
    return real.parse(text);
  };
  return new Proxy(real, {
    get: (target, name) => (name === 'now' ? now : name === 'parse' ? parse : Reflect.get(target, name)),
    construct(target, given, made) {
      if (given.length === 0) used.add('new Date()');
      if (given.length > 1) local.add('new Date(year, month, …)');
      if (typeof given[0] === 'string' && isLocal(given[0]))
        local.add('new Date of a text without a time zone');
      return Reflect.construct(target, given, made);
    },
    apply(target) {
      used.add('Date()');
      return target();
    },
  });
}

/** Of the real Date, whatever stands in its place. */
const ownParse = Date.parse;

/** A day alone is UTC; with a time it is local, unless it names a zone. What is no date is none anywhere. */
const isLocal = (text: string): boolean =>
  !/^[+-]?\d{4,6}(-\d\d){0,2}$|(Z|UTC|GMT|[+-]\d\d:?\d\d)\)?$/i.test(text.trim()) &&
  !Number.isNaN(ownParse(text));

const dayMethods = ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'];
const dateMethods = [
  ...dayMethods.flatMap((name) => [`get${name}`, `set${name}`]),
  ...['getDay', 'getYear', 'getTimezoneOffset', 'toString', 'toDateString', 'toTimeString'],
];

/** Notes who asks for what is another where the machine's time zone or language is another. */
function putLocal(put: Put, local: Set<string>): void {
  const note = (on: object, name: string, says: (given: readonly unknown[]) => string | undefined): void => {
    const own = Reflect.get(on, name) as (...given: unknown[]) => unknown;
    const seen = (given: readonly unknown[]): void => {
      const found = says(given);
      if (found !== undefined) local.add(found);
    };
    const watching = new Proxy(own, {
      apply(target, self, given) {
        seen(given);
        return Reflect.apply(target, self, given);
      },
      construct(target, given, made) {
        seen(given);
        return Reflect.construct(target, given, made);
      },
    });
    put(on, name, watching);
  };
  const unnamed = (name: string, zoned: boolean, given: readonly unknown[]): string | undefined => {
    const [locale, options] = given;
    if (locale === undefined || (Array.isArray(locale) && locale.length === 0))
      return `${name} without a locale`;
    const zone = (options as { timeZone?: unknown } | null | undefined)?.timeZone;
    return zoned && zone === undefined ? `${name} without a time zone` : undefined;
  };
  for (const name of dateMethods) note(Date.prototype, name, () => name);
  for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
    note(Date.prototype, name, (given) => unnamed(name, true, given));
  for (const on of [Number.prototype, BigInt.prototype, Array.prototype])
    note(on, 'toLocaleString', (given) => unnamed('toLocaleString', false, given));
  for (const name of ['toLocaleUpperCase', 'toLocaleLowerCase'])
    note(String.prototype, name, (given) => unnamed(name, false, given));
  note(String.prototype, 'localeCompare', ([, ...given]) => unnamed('localeCompare', false, given));
  for (const name of ['DateTimeFormat', 'NumberFormat', 'Collator', 'PluralRules', 'ListFormat', 'Segmenter'])
    note(Intl, name, (given) => unnamed(`Intl.${name}`, name === 'DateTimeFormat', given));
}
