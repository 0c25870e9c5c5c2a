/** One thing that a reader of a guide page does, or sees. */
export type Step =
  /** A file that the page shows. */
  | { readonly do: 'write'; readonly line: number; readonly file: string; readonly text: string }
  /** More of the file shown last. */
  | { readonly do: 'append'; readonly line: number; readonly text: string }
  /** An edit of a file: ` ` stays, `-` goes, `+` comes. */
  | { readonly do: 'edit'; readonly line: number; readonly file: string; readonly text: string }
  /** Commands; `fails` says that the last one ends with a code other than 0. */
  | { readonly do: 'run'; readonly line: number; readonly text: string; readonly fails: boolean }
  /** What the commands just before have printed. `from` and `to` are where it stands in the page. */
  | {
      readonly do: 'compare';
      readonly line: number;
      readonly text: string;
      readonly from: number;
      readonly to: number;
    };

/**
 * The steps of a guide page, from the marks of its code blocks:
 * ```ts (or js) with a first line `// name.ts` is a file, as is ```python or ```txt with `# name`; ```ts continued goes on with it; ```diff name.ts edits it;
 * ```sh is run, ```sh fails is run and must fail; a block of any language marked `output` is what that printed.
 * ```ts fragment and blocks of other languages are for reading only; ```ts fragment run is a file that needs others of the reader's.
 */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = [];
  for (const match of markdown.matchAll(/^```(\w+)([^\n]*)\n(.*?)^```$/gms)) {
    const [whole, language, rest, text] = match as unknown as [string, string, string, string];
    const mark = rest.trim();
    const line = markdown.slice(0, match.index).split('\n').length;
    if (mark === 'output') {
      const from = match.index + whole.indexOf('\n') + 1;
      steps.push({ do: 'compare', line, text, from, to: from + text.length });
    } else if (language === 'sh') steps.push({ do: 'run', line, text, fails: mark === 'fails' });
    else if (language === 'diff') steps.push({ do: 'edit', line, file: mark, text });
    else if (language === 'python' || language === 'txt') {
      const file = /^# ([\w./-]+)\n/.exec(text)?.[1];
      if (file !== undefined) steps.push({ do: 'write', line, file, text });
    } else if (language === 'ts' || language === 'js') {
      if (mark === 'fragment') continue;
      if (mark === 'continued') {
        steps.push({ do: 'append', line, text });
        continue;
      }
      const file = /^\/\/ ([\w./-]+)\n/.exec(text)?.[1];
      if (file === undefined) throw new Error(`line ${line}: this block has no name, so nobody runs it`);
      steps.push({ do: 'write', line, file, text });
    }
  }
  return steps;
}

/** A file after an edit. The lines that stay and go must stand in it, once. */
export function edited(before: string, diff: string): string {
  const side = (keep: string): string =>
    diff
      .split('\n')
      .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(keep))
      .map((line) => line.slice(1))
      .join('\n');
  const [old, young] = [side('-'), side('+')];
  if (before.split(old).length !== 2) throw new Error(`these lines do not stand in the file once:\n${old}`);
  return before.replace(old, () => young);
}

/** Of a prediction or a run (base/id.ts); they begin with 0 until the year 3084. */
const ID = /(?<![\w.])0[0-9a-hjkmnp-tv-z]{19}\b/g;

/** Output as pages show it: what differs from run to run is replaced. `id` is the last id in it. */
export function settled(output: string): { text: string; id: string | undefined } {
  const text = output
    .replaceAll(ID, '<id>')
    // What a model was trained with, here.
    .replaceAll(/^( +commit +)(?:[0-9a-f]{40}|unknown)$/gm, '$1…')
    .replaceAll(/millrace \S+, Node \S+, \S+, ONNX Runtime \S+/g, 'millrace …, Node …, …, ONNX Runtime …')
    .replaceAll(/\b\d+\.\d+ s\b/g, '… s')
    // Signs of life come where a machine is slow.
    .replaceAll(/^ .* \(\d+ s so far\)\n/gm, '')
    // Of sources that are loaded side by side either may be the first.
    .replaceAll(/\bload \d+\b/g, 'load …')
    .replaceAll(/"snapshot": \d+/g, '"snapshot": …')
    // A batch tells how far it is once it has taken long.
    .replaceAll(/^\d+ % {2}[\d,]+ of [\d,]+ rows\n/gm, '')
    // Rounding, and so the last digits of a model's answer, are the processor's.
    .replaceAll(/\b\d(\.\d+)?e-\d+\b/g, '…')
    .replaceAll(/(\d+\.\d*?[1-9]\d\d)\d{6,}/g, '$1…')
    .replaceAll(/[ \t]+$/gm, '');
  return { text, id: output.match(ID)?.at(-1) };
}

/** Whether a page shows what was printed. A line `…` stands for any number of lines. */
export function shows(shown: string, printed: string): boolean {
  const parts = inOrder(shown.trimEnd().split('\n'));
  const lines = inOrder(printed.trimEnd().split('\n'));
  const from = (i: number, j: number): boolean => {
    if (i === parts.length) return j === lines.length;
    if (parts[i]?.trim() !== '…') return parts[i] === lines[j] && from(i + 1, j + 1);
    for (let k = j; k <= lines.length; k++) if (from(i + 1, k)) return true;
    return false;
  };
  return from(0, 0);
}

/** Lines of a run with its steps sorted, each with what is indented below it: two steps side by side end in any order. */
function inOrder(lines: readonly string[]): string[] {
  const ordered: string[] = [];
  let steps: string[][] = [];
  const flush = (): void => {
    ordered.push(...steps.sort((a, b) => (a[0]! < b[0]! ? -1 : 1)).flat());
    steps = [];
  };
  for (const line of lines) {
    if (/^[✓✗–↻] /.test(line)) steps.push([line]);
    else if (steps.length > 0 && line.startsWith('  ')) steps.at(-1)!.push(line);
    else {
      flush();
      ordered.push(line);
    }
  }
  flush();
  return ordered;
}
