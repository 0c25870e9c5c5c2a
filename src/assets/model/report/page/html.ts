/** A piece of HTML that is safe as it stands. Only `html` makes one. */
export interface Html {
  readonly markup: string;
}

type Piece = string | number | Html | readonly Piece[];

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML from a template: every text put into it is escaped, for content and for quoted attributes alike. */
export function html(template: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return {
    markup: template.map((text, i) => (i === 0 ? text : markupOf(pieces[i - 1] ?? '') + text)).join(''),
  };
}

function markupOf(piece: Piece): string {
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string') return piece.replace(/[&<>"']/g, (c) => ENTITY[c] as string);
  return 'markup' in piece ? piece.markup : piece.map(markupOf).join('');
}
