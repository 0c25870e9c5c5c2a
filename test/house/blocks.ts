/** One compilable unit of a document's ```ts blocks. */
export interface Block {
  /** Where it stands, for people. */
  readonly place: string;
  /** Where to write it, relative; unique within all documents. */
  readonly file: string;
  /** Padded with empty lines, so that a compiler's line numbers are the document's. */
  readonly text: string;
  readonly fragment: boolean;
}

/**
 * The TypeScript of a Markdown document. Each ```ts block is a module of its own, unless it is marked:
 * ```ts continued goes on where the block before ended, ```ts fragment is not meant to compile alone (```ts fragment run is run all the same).
 * A first line such as `// project.ts` names the module, so that later blocks can import it.
 */
export function blocksOf(document: string, markdown: string): Block[] {
  const folder = document.replace(/\.md$/, '');
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(?:ts|typescript)\b([^\n]*)\n(.*?)^```/gms)) {
    const line = markdown.slice(0, match.index).split('\n').length + 1;
    const mark = match[1]!.trim();
    const code = match[2]!;
    const before = blocks.at(-1);
    if (mark === 'continued' && before) {
      const padded = padTo(before.text, line) + code;
      blocks[blocks.length - 1] = { ...before, text: padded };
      continue;
    }
    const name = /^\/\/ ([\w./-]+\.ts)\s*\n/.exec(code)?.[1] ?? `line-${line}.ts`;
    blocks.push({
      place: `${document}:${line}`,
      file: `${folder}/${name}`,
      text: padTo('export {};', line) + code,
      fragment: mark.startsWith('fragment'),
    });
  }
  return blocks;
}

/** The text, with empty lines appended until the next thing written stands on that line (from 1). */
function padTo(text: string, line: number): string {
  return text + '\n'.repeat(Math.max(1, line - text.split('\n').length));
}
