import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  const start = 'id,n\n' + Array.from({ length: 9000 }, (_, i) => `id-${i},${i}\n`).join('');
  writeFileSync(
    join(folder, 'a.csv'),
    Buffer.concat([Buffer.from(start), Buffer.from([0x62, 0xff, 0x2c, 0x31, 0x0a])]),
  );
}
