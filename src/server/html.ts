/** A piece of HTML that may stand as it is. */
export interface Html {
  readonly html: string;
}

/** HTML with every value in it escaped, text and attribute alike; lists are joined, absent values and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return { html: strings.map((text, i) => text + (i < values.length ? textOf(values[i]) : '')).join('') };
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value === 'object' && 'html' in value) return String((value as Html).html);
  return String(value).replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`);
}
