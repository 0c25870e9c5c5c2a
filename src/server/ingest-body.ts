import { MillraceError } from '../base/index.ts';

/** Longest row, in characters. */
export const ROW_LIMIT = 256 * 1024;
/** Largest body that is taken as a whole or not at all, in bytes: it is held in memory. */
export const WHOLE_LIMIT = 8 * 1024 * 1024;
/** Largest body of JSON lines, in bytes. */
export const LINES_LIMIT = 64 * 1024 * 1024;
/** What becomes durable together, at most: characters and rows. Equal bodies are cut alike, which an Idempotency-Key rests on. */
const PART_CHARACTERS = 256 * 1024;
const PART_ROWS = 5_000;

export type BodyForm = 'json' | 'lines';

/** The form that a content type declares; undefined for others. */
export function formOf(contentType: string | undefined): BodyForm | undefined {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  const lines = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/jsonlines'];
  return lines.includes(type as string) ? 'lines' : undefined;
}

/** The rows of a body as they came, in parts. `whole`: it may have 8 MiB; otherwise lines may have 64 MiB. @throws MILL_INGEST_BODY, MILL_INGEST_TOO_LARGE */
export async function* partsOf(
  body: AsyncIterable<Buffer>,
  form: BodyForm,
  whole: boolean,
): AsyncGenerator<string[]> {
  let part: string[] = [];
  let characters = 0;
  for await (const rows of form === 'json' ? elementsOf(body) : linesOf(body, whole))
    for (const row of rows) {
      if (row.length > ROW_LIMIT) throw tooLarge('A row', '256 KiB');
      if (part.length > 0 && (part.length === PART_ROWS || characters + row.length > PART_CHARACTERS)) {
        yield part;
        part = [];
        characters = 0;
      }
      part.push(row);
      characters += row.length;
    }
  if (part.length > 0) yield part;
}

/** One object, or the elements of an array. */
async function* elementsOf(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > WHOLE_LIMIT) throw tooLarge('The body', '8 MiB');
    pieces.push(piece);
  }
  const text = decoded(() => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))).trim();
  if (text.startsWith('{')) {
    yield [text];
    return;
  }
  const elements = text.startsWith('[') ? elementsIn(text) : undefined;
  if (elements === undefined) throw badBody('The body is no JSON object and no array of them.');
  yield elements;
}

/** Lines that are not empty. */
async function* linesOf(body: AsyncIterable<Buffer>, whole: boolean): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > (whole ? WHOLE_LIMIT : LINES_LIMIT)) throw tooLarge('The body', whole ? '8 MiB' : '64 MiB');
    const lines = (rest + decoded(() => decoder.decode(piece, { stream: true }))).split('\n');
    rest = lines.pop() as string;
    if (rest.length > ROW_LIMIT) throw tooLarge('A row', '256 KiB');
    yield lines.filter((line) => line.trim() !== '');
  }
  rest += decoded(() => decoder.decode());
  if (rest.trim() !== '') yield [rest];
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw badBody('The body is not UTF-8.');
  }
}

/** The texts of an array's elements; undefined for what is no array. Whether each is JSON is for who parses it. */
function elementsIn(text: string): string[] | undefined {
  const elements: string[] = [];
  let depth = 0;
  let from = 1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x2c: // ,
        if (depth !== 1) break;
        elements.push(text.slice(from, i));
        from = i + 1;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        break;
      case 0x7d: // }
      case 0x5d: {
        // ]
        if (--depth > 0) break;
        if (i !== text.length - 1 || text[i] !== ']') return undefined;
        const last = text.slice(from, i);
        if (elements.length > 0 || last.trim() !== '') elements.push(last);
        return elements;
      }
    }
  }
  return undefined;
}

export function badBody(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_INGEST_BODY',
    message,
    todo: 'Send one row as a JSON object, an array of rows, or one row a line as application/x-ndjson.',
    owner: 'data',
  });
}

function tooLarge(what: string, most: string): MillraceError {
  return new MillraceError({
    code: 'MILL_INGEST_TOO_LARGE',
    message: `${what} is larger than ${most}.`,
    todo: 'Send less at once; JSON lines may be 64 MiB, JSON 8 MiB, a row 256 KiB.',
    owner: 'data',
  });
}
