import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  writeFileSync(
    join(folder, 'a.jsonl'),
    `{"id":"a","n":1}\n{"id":"b","n":2,"x":${deep}}\n{"id":"c","n":3}\n`,
  );
}
