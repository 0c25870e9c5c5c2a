import type { Shown } from './golden.ts';
import { settled } from './page.ts';

/** Asks a server every `http` block of a document. Gives each `json answer` block that differs from what it answers. */
export async function askAll(markdown: string, url: string): Promise<Shown[]> {
  const differences: Shown[] = [];
  let real = '';
  for (const match of markdown.matchAll(/^```(http|json answer)\n(.*?)^```$/gms)) {
    const [, mark, text] = match as unknown as [string, string, string];
    const from = match.index + mark.length + 4;
    if (mark === 'http') real = await ask(text, url);
    else if (text !== real) {
      const line = markdown.slice(0, from).split('\n').length;
      differences.push({ line, from, to: from + text.length, shown: text, real });
    }
  }
  return differences;
}

/** The status and the body, a field a line. */
async function ask(request: string, url: string): Promise<string> {
  const [head, body] = request.trimEnd().split('\n\n');
  const [method, path] = head!.split(' ');
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(
    url + path,
    body === undefined ? { method: method! } : { method: method!, headers, body },
  );
  const answer = JSON.stringify(await response.json(), null, 2);
  return `${response.status}\n${settled(answer).text}\n`;
}
