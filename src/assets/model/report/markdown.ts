import type { Card } from './card/card.ts';

/** A card as Markdown. Whatever names and texts hold, it is shown as it stands. */
export function cardMarkdown({ title, sections }: Card): string {
  const parts = sections.map(({ heading, paragraphs, items }) => {
    const body = [
      ...paragraphs.map(markdownText),
      ...(items.length === 0 ? [] : [items.map((item) => `- ${markdownText(item)}`).join('\n')]),
    ];
    return `## ${heading}\n\n${body.join('\n\n')}\n`;
  });
  return `# Model card: ${markdownText(title)}\n\n${parts.join('\n')}`;
}

/** One line of text that Markdown shows as it is. An underscore within a word is none of its marks. */
export function markdownText(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/[\\`*[\]{}|~]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/^([#+-]|\d+[.)])/, '\\$1')
    .replace(/^\\(\d+)([.)])/, '$1\\$2');
}
