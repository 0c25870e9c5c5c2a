import { posix } from 'node:path';
import type { Tag } from '../../store/tracking/index.ts';
import type { Fields } from './fields.ts';
import { invalid } from './wire-error.ts';

/** Longest of each, in characters: MLflow's own bounds. */
export const LONGEST = {
  key: 250,
  param: 6_000,
  tag: 8_000,
  history: 100_000,
  experiment: 500,
  experimentTag: 20_000,
  registryTag: 100_000,
  alias: 255,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  location: 2_048,
} as const;

/** Refuses a name of a metric, parameter or tag that MLflow refuses: names may become files. */
export function checkKey(fields: Fields, key: string, name = 'key'): string {
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(key))
    throw fields.refuse(
      name,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
      key,
    );
  const plain = posix.normalize(key);
  if (plain !== key || plain === '.' || plain.startsWith('..') || plain.startsWith('/'))
    throw fields.refuse(
      name,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${plain}'`,
      key,
    );
  return key;
}

/** The first characters of a text, as Python counts them: an emoji is one, and never halved. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (let count = 0; count < most && end < text.length; count++)
    end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

const isLonger = (text: string, most: number): boolean => cut(text, most).length < text.length;

export function checkLength(what: string, value: string, most: number): string {
  if (isLonger(value, most)) throw invalid(`'${what}' exceeds the maximum length of ${most} characters`);
  return value;
}

/** The tag in which MLflow before 3 keeps which models a run logged: a JSON list, of which a piece is none. */
export const HISTORY = 'mlflow.log-model.history';

/** A tag of a run or, with its own bound, of something else. */
export function tagOf(fields: Fields, longest?: number): Tag {
  const key = checkLength('key', checkKey(fields, fields.wantText('key')), LONGEST.key);
  const most = longest ?? (key === HISTORY ? LONGEST.history : LONGEST.tag);
  return { key, value: checkLength('value', fields.text('value') ?? '', most) };
}

/** A tag of a run. What is longer is cut, as MLflow does it unless it is told otherwise. */
export function cutTag(fields: Fields): Tag {
  if (fields.text('key') === HISTORY) return tagOf(fields);
  const key = checkLength('key', checkKey(fields, fields.wantText('key')), LONGEST.key);
  return { key, value: cut(fields.text('value') ?? '', LONGEST.tag) };
}

export function checkExperimentName(name: string): string {
  return checkLength('name', name, LONGEST.experiment);
}

/** Where files of an experiment are to lie. It is kept as it is said; nothing but our own store is ever opened by it. */
export function checkLocation(location: string): string {
  checkLength('artifact_location', location, LONGEST.location);
  if (location.startsWith('runs:'))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  if (/[#;]/.test(location)) throw invalid("'artifact_location' URL can't include fragments or params.");
  if (
    unquoted(location)
      .split(/[/\\?=&]/)
      .includes('..') ||
    hasControls(unquoted(location))
  )
    throw invalid(`Invalid artifact location: '${location}'. It must not point outside of itself.`);
  return location;
}

export function checkModelName(name: string): string {
  if (name.trim() === '') throw invalid("Missing value for required parameter 'name'.");
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (posix.normalize(name) !== name || name.startsWith('.') || isLonger(name, LONGEST.alias))
    throw invalid(`Invalid value "${name}" for parameter 'name' supplied: it is not a name.`);
  return name;
}

export function checkAlias(alias: string): string {
  if (!/^[\p{L}\p{N}_-]+$/u.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  return checkLength('Registered model alias name', alias, LONGEST.alias);
}

/** An alias that may be given: not one that MLflow takes for a version. */
export function checkFreeAlias(alias: string): string {
  checkAlias(alias);
  if (alias.toLowerCase() === 'latest') throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
  return alias;
}

/** A version's number, which comes as a text. */
export function versionNumber(version: string): number {
  if (!/^\d{1,15}$/.test(version)) throw invalid(`Parameter 'version' must be an integer, got '${version}'.`);
  return Number(version);
}

/** A text without its percent signs, however often it was quoted. */
export function unquoted(text: string): string {
  let plain = text;
  for (let i = 0; i < 10; i++) {
    let next: string;
    try {
      next = decodeURIComponent(plain);
    } catch {
      return plain;
    }
    if (next === plain) return plain;
    plain = next;
  }
  throw invalid('Invalid path');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const hasControls = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);
