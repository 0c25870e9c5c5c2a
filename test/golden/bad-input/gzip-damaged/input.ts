import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export default function input(folder: string) {
  const rows = Array.from({ length: 5000 }, (_, i) => `id-${i},${i}\n`).join('');
  const packed = gzipSync(`id,n\n${rows}`);
  packed.writeUInt8(packed.readUInt8(packed.length - 5) ^ 0xff, packed.length - 5);
  writeFileSync(join(folder, 'a.csv.gz'), packed);
}
