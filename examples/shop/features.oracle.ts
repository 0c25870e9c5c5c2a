import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Some features of a user and an item at an instant in milliseconds, counted from the files, row by row. */
export function byHand(folder: string) {
  const items = new Map(rowsOf(folder, 'items').map(([id, category]) => [id as string, category as string]));
  const looks = rowsOf(folder, 'events').flatMap(([, user, item, kind, at]) =>
    user !== '' && (kind === 'view' || kind === 'cart') ? [{ user, item, kind, at: Date.parse(at!) }] : [],
  );
  const sold = rowsOf(folder, 'orders').flatMap(([, , user, item, quantity, , at]) =>
    Number(quantity) > 0 ? [{ user, item, at: Date.parse(at!) }] : [],
  );
  return (user: string, item: string, at: number) => {
    /** Rows in the window [floor(at − days, hop), at). */
    const within = <Row extends { at: number }>(rows: readonly Row[], days: number, hop: number): Row[] =>
      rows.filter((row) => row.at >= Math.floor((at - days * DAY) / hop) * hop && row.at < at);
    const ofItem = <Row extends { item: string | undefined }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => row.item === item);
    const ofUser = <Row extends { user: string | undefined }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => row.user === user);
    const last = within(ofUser(looks), 30, DAY)
      .map((row, i) => ({ ...row, i }))
      .sort((a, b) => b.at - a.at || b.i - a.i)
      .slice(0, 12);
    return {
      looks_30d: within(ofItem(looks), 30, DAY).length,
      sold_7d: within(ofItem(sold), 7, HOUR).length,
      buyers_30d: new Set(within(ofItem(sold), 30, DAY).map((row) => row.user)).size,
      seen_30d: within(ofUser(ofItem(looks)), 30, DAY).filter(({ kind }) => kind === 'view').length,
      bought_before: ofUser(ofItem(sold)).filter((row) => row.at < at).length,
      looked_share:
        last.length === 0
          ? null
          : last.filter((row) => items.get(row.item as string) === items.get(item)).length / last.length,
    };
  };
}

/** Cells of the rows of `name.csv`, or of all files in the folder `name`. */
function rowsOf(folder: string, name: string): string[][] {
  const files = readdirSync(folder).includes(`${name}.csv`)
    ? [`${name}.csv`]
    : readdirSync(join(folder, name)).map((file) => join(name, file));
  return files.sort().flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')),
  );
}
