import type { ColumnPromise } from '../store/state/index.ts';

/** What becomes of a promise about a column, for those who read it. */
export interface ColumnChange {
  readonly column: string;
  /** In words: `is dropped`, `integer → double`. */
  readonly what: string;
  /** Whether a reader could count on something that is no longer so. */
  readonly breaking: boolean;
}

type Promises = Readonly<Record<string, ColumnPromise>>;

/** What changes between two declarations of a dataset's columns. */
export function columnChanges(before: Promises, after: Promises): ColumnChange[] {
  const changes: ColumnChange[] = [];
  for (const [column, old] of Object.entries(before)) {
    const now = after[column];
    const say = (what: string, breaking: boolean): void => {
      changes.push({ column, what, breaking });
    };
    if (now === undefined) {
      const heir = Object.entries(after).find(([name, other]) => !(name in before) && alike(old, other));
      say(heir === undefined ? 'is dropped' : `is dropped (renamed to ${heir[0]}?)`, true);
      continue;
    }
    if (now.type !== old.type) say(`${old.type} → ${now.type}`, true);
    if (now.at !== old.at) say(`is taken from ${now.at ?? 'the member of its name'}`, true);
    // Those who read it have never met a null there; and rows that had none are set aside from now on.
    if (now.nullable !== old.nullable) say(now.nullable ? 'may be null' : 'may not be null', !now.nullable);
    const gone = old.rules.filter((rule) => !now.rules.some((other) => same(rule, other)));
    const added = now.rules.filter((rule) => !old.rules.some((other) => same(rule, other)));
    const tighter = added.filter((rule) => !gone.some((other) => loosens(rule, other)));
    if (tighter.length > 0) say('has a tighter rule', true);
    else if (added.length > 0 || gone.length > 0) say('has a looser rule', false);
  }
  for (const column of Object.keys(after))
    if (!(column in before)) changes.push({ column, what: 'is added', breaking: false });
  return changes;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const alike = (a: ColumnPromise, b: ColumnPromise): boolean =>
  a.type === b.type && a.nullable === b.nullable && a.at === b.at && same(a.rules, b.rules);

/** Whether a rule lets everything pass that `old` let pass: wider bounds, more values. Of other rules that is not known. */
function loosens(rule: unknown, old: unknown): boolean {
  const [a, b] = [rule, old] as [Record<string, unknown>, Record<string, unknown>];
  if (
    a['rule'] !== b['rule'] ||
    !same({ ...a, min: 0, max: 0, values: 0 }, { ...b, min: 0, max: 0, values: 0 })
  )
    return false;
  const [values, others] = [a['values'], b['values']];
  if (Array.isArray(values) && Array.isArray(others)) return others.every((value) => values.includes(value));
  const bound = (of: Record<string, unknown>, which: 'min' | 'max', none: number): number =>
    typeof of[which] === 'number' ? of[which] : none;
  return (
    ('min' in b || 'max' in b) &&
    bound(a, 'min', -Infinity) <= bound(b, 'min', -Infinity) &&
    bound(a, 'max', Infinity) >= bound(b, 'max', Infinity)
  );
}
