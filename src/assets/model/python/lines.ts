/** Lines that are passed on as they come; what follows is counted. A chatty training of a thousand rounds has its beginning and its end. */
const FIRST_LINES = 400;
const FIRST_CHARS = 100_000;
/** Lines from the end that are kept for what becomes of it. */
const LAST_LINES = 40;
/** Of one line. */
const MOST_CHARS = 1_000;

/** Takes what a program writes, of whatever length and in whatever pieces, and keeps no more than a few lines of it. */
export function lineFeed(say: (line: string) => void) {
  const last: string[] = [];
  let [lines, chars, left, leftChars] = [0, 0, 0, 0];
  const add = (text: string, length: number): void => {
    const line = length > MOST_CHARS ? `${text} …` : text;
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    if (lines < FIRST_LINES && chars < FIRST_CHARS) {
      lines++;
      chars += line.length;
      say(line);
    } else {
      left++;
      leftChars += length;
    }
  };
  return {
    /** A stream of its own: lines of two streams do not run into each other. */
    stream() {
      const decoder = new TextDecoder();
      let [text, length] = ['', 0];
      // A bar that is drawn again and again over itself is one line, as it is at the end.
      let over = false;
      const flush = (): void => {
        if (length > 0) add(text.trimEnd(), length);
        [text, length, over] = ['', 0, false];
      };
      const take = (piece: string): void => {
        for (const part of piece.split(/([\r\n])/)) {
          if (part === '\n') flush();
          else if (part === '\r') over = true;
          else if (part !== '') {
            if (over) [text, length, over] = ['', 0, false];
            text += part.slice(0, Math.max(0, MOST_CHARS - text.length));
            length += part.length;
          }
        }
      };
      return {
        write: (bytes: Uint8Array) => take(decoder.decode(bytes, { stream: true })),
        end: () => {
          take(decoder.decode());
          flush();
        },
      };
    },
    /** Says how much was left out, and the last lines of that. */
    end(): void {
      if (left === 0) return;
      const shown = last.slice(-Math.min(left, LAST_LINES));
      if (left > shown.length)
        say(
          `… ${(left - shown.length).toLocaleString('en')} lines are left out (${leftChars.toLocaleString('en')} characters in all from here on)`,
        );
      for (const line of shown) say(line);
    },
    /** The last lines, oldest first. */
    last: (): readonly string[] => last,
  };
}
