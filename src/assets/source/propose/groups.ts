import { globSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { FoundFile } from '../index.ts';
import type { Shape } from './shape.ts';

export interface ShapedFile {
  readonly found: FoundFile;
  readonly shape: Shape;
}

/** Files of one shape in one folder: one source. */
export interface FileGroup {
  readonly files: readonly ShapedFile[];
  readonly shape: Shape;
  /** Relative to the project's folder; finds these files and no other. */
  readonly glob: string;
  readonly name: string;
}

/** Files that have the same columns and lie in one folder, in the order of their first file. */
export function groupsOf(files: readonly ShapedFile[], projectFolder: string): FileGroup[] {
  const alike = Map.groupBy(files, ({ found, shape }) =>
    JSON.stringify([
      dirname(found.absolute),
      shape.format,
      shape.told,
      shape.delimiter,
      shape.header,
      // A key may be left out of JSON lines, so there the file's name tells what belongs together.
      shape.format === 'jsonl' ? sourceName([found.absolute]) : columnsOf(shape),
      shape.types,
    ]),
  );
  const parts = [...alike.values()].flatMap((group) => {
    const glob = globOf(pathsOf(group), projectFolder);
    if (glob !== undefined) return [{ files: group, glob }];
    return group.map((file) => ({ files: [file], glob: globOf(pathsOf([file]), projectFolder) as string }));
  });
  const names = parts.map(({ files: part }) => sourceName(pathsOf(part)));
  const taken = new Set<string>();
  return parts.map(({ files: part, glob }, i) => {
    const own = names[i] as string;
    // Where several folders have a file of one name, the folders tell them apart.
    const shared = names.filter((name) => name === own).length > 1;
    const folder = named(basename(dirname((part[0] as ShapedFile).found.absolute)));
    const name = freeName(shared && folder !== undefined ? folder : own, taken);
    taken.add(name);
    // A folder that is called as the source holds its files, also those to come.
    const whole = name === folder ? wholeFolder(pathsOf(part), projectFolder) : undefined;
    return { files: part, glob: whole ?? glob, shape: joined(part.map(({ shape }) => shape)), name };
  });
}

const pathsOf = (files: readonly ShapedFile[]): string[] => files.map(({ found }) => found.absolute);

/** Columns are told by name, so their order says nothing; without names it says all. */
function columnsOf({ header, names }: Shape): readonly string[] {
  return header ? names.toSorted() : names;
}

function joined(shapes: readonly Shape[]): Shape {
  const [first] = shapes as [Shape, ...Shape[]];
  const names = [...new Set(shapes.flatMap((shape) => shape.names))];
  const texts = names.filter((name) =>
    shapes.every((shape) => shape.texts.has(name) || !shape.names.includes(name)),
  );
  const at = new Map(shapes.flatMap((shape) => [...(shape.at ?? [])]));
  return { ...first, names, texts: new Set(texts), ...(at.size === 0 ? {} : { at }) };
}

/** A glob for some files of one folder: `x-*.csv` where it finds no other, else `{x-1.csv,x-2.csv}`; undefined when neither can say it. */
export function globOf(absolutes: readonly string[], projectFolder: string): string | undefined {
  const at = inFolder(absolutes, projectFolder);
  const names = absolutes.map((path) => basename(path));
  if (names.length === 1) return at(escaped(names[0] as string));
  const start = common(names);
  const end = common(names.map((name) => reversed(name.slice(start.length))));
  const finds = finder(absolutes, projectFolder);
  const tail = escaped(reversed(end).replace(/^\d+/, ''));
  return [
    // What differs is often the rest of a date or a number: `x-2026-0*` would miss October.
    at(`${escaped(start.replace(/\d[\d._-]*$/, ''))}*${tail}`),
    at(`${escaped(start)}*${tail}`),
    at(`{${names.map(escaped).join(',')}}`),
  ].find(finds);
}

/** `orders/*.csv` where that finds these files and no other. */
function wholeFolder(absolutes: readonly string[], projectFolder: string): string | undefined {
  const [ending = ''] = /(\.[a-z]+)(\.gz)?$/i.exec(absolutes[0] as string) ?? [];
  const glob = inFolder(absolutes, projectFolder)(`*${ending}`);
  return ending !== '' && finder(absolutes, projectFolder)(glob) ? glob : undefined;
}

/** A name within the folder of some files as a glob from the project's folder. */
function inFolder(absolutes: readonly string[], projectFolder: string): (name: string) => string {
  const folder = dirname(absolutes[0] as string);
  const below = relative(projectFolder, folder).split(sep).join('/');
  // Another drive of Windows has no relative way.
  const lead = isAbsolute(below) ? folder.split(sep).join('/') : below;
  return (name) => (lead === '' ? name : `${escaped(lead)}/${name}`);
}

function finder(absolutes: readonly string[], projectFolder: string): (glob: string) => boolean {
  const wanted = new Set(absolutes);
  return (glob) => {
    const found = globSync(glob, { cwd: projectFolder }).map((path) => resolve(projectFolder, path));
    return found.length === wanted.size && found.every((path) => wanted.has(path));
  };
}

function escaped(path: string): string {
  return path.replace(/[*?[\]{}()]/g, '[$&]');
}

function common(texts: readonly string[]): string {
  const [first = ''] = texts;
  let length = first.length;
  for (const text of texts) while (!text.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

const reversed = (text: string): string => [...text].reverse().join('');

/** What the files' names have in common, without endings and dates: `payments-2026-01.csv.gz` is of `payments`. */
export function sourceName(paths: readonly string[]): string {
  const bare = paths.map((path) =>
    basename(path).replace(/(\.(csv|tsv|jsonl|ndjson|json|parquet|gz|data|txt))+$/i, ''),
  );
  const shared = bare.length === 1 ? (bare[0] as string) : common(bare);
  return named(shared) ?? named(basename(dirname(paths[0] as string))) ?? 'rows';
}

/** A text as the name of an asset, without a date or number at its end; undefined when no letter is left. */
function named(text: string): string | undefined {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  while (words.length > 1 && /^\d+$/.test(words.at(-1) as string)) words.pop();
  const name = words.join('_').replace(/^\d[\d_]*/, '');
  return name === '' ? undefined : name.slice(0, 50).replace(/_$/, '');
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let n = 2, free = name; ; n++) {
    if (!taken.has(free)) return free;
    free = `${name}_${n}`;
  }
}
