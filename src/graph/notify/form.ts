import type { Json, JsonObject } from '../../base/index.ts';

/** What a webhook is sent: a form that is ready made, or an object in whose texts placeholders are filled in. */
export type Form = 'json' | 'slack' | JsonObject;

/** All that can be said of a problem, as texts; empty where there is nothing to say. */
export interface Facts {
  readonly project: string;
  /** Empty for the project as a whole. */
  readonly asset: string;
  readonly owner: string;
  /** `failed`, `rejected`, `breach` or `stale`. */
  readonly what: string;
  /** `open`, or `over`. */
  readonly state: string;
  readonly message: string;
  readonly todo: string;
  readonly run: string;
  readonly version: string;
  /** When it began, RFC 3339. */
  readonly at: string;
  /** The same whenever the same is told again. */
  readonly id: string;
  readonly link: string;
}

const names: readonly (keyof Facts)[] = [
  ...(['project', 'asset', 'owner', 'what', 'state', 'message', 'todo'] as const),
  ...(['run', 'version', 'at', 'id', 'link'] as const),
];
const placeholder = /\{\{\s*(\w+)\s*\}\}/g;

/** The document for a webhook. Texts are filled into a form's texts, never into its syntax, so no message can add to it or end it. */
export function filled(form: Form, facts: Facts): Json {
  if (form === 'json') return { ...facts };
  if (form === 'slack') return { text: slackText(facts) };
  return inTexts(form, (text) => fill(text, facts));
}

/** A text with its placeholders filled in, once: what is filled in is not looked at again. */
export const fill = (text: string, facts: Partial<Facts>): string =>
  text.replaceAll(placeholder, (whole, name: string) =>
    Object.hasOwn(facts, name) ? (facts[name as keyof Facts] ?? '') : whole,
  );

/** Placeholders in a form that stand for nothing. */
export function unknownPlaceholders(form: Json): string[] {
  const found = new Set<string>();
  inTexts(form, (text) => {
    for (const [, name] of text.matchAll(placeholder)) found.add(name as string);
    return text;
  });
  return [...found].filter((name) => !(names as readonly string[]).includes(name));
}

function inTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((inner: Json) => inTexts(inner, change));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inTexts(inner, change)]));
}

/** Slack reads `<!channel>` and `<http…|…>`; a message from data must not be able to write them. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function slackText({ project, asset, owner, what, state, message, todo, link }: Facts): string {
  const [whose, to] = [asset || project, owner === '' ? '' : ` (${owner})`];
  const lines =
    state === 'over'
      ? [`*${whose}*${to}: ${what} is over`]
      : [`*${whose}*${to}: ${what}`, message, ...(todo === '' ? [] : [todo])];
  return [...lines.map(escaped), ...(link === '' ? [] : [escaped(link)])].join('\n');
}
