import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from 'millrace';

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Blobs as files of a folder. */
export function openBlobs(folder) {
  mkdirSync(folder, { recursive: true });
  const problem = (code, message) =>
    new MillraceError({ code, message, todo: 'Store it again.', owner: 'service' });
  const fileOf = (name) => {
    if (!/^[0-9a-f]{64}$/.test(name) || name.endsWith('\n'))
      throw problem('MILL_BUG', `${JSON.stringify(name)} is no name of a blob.`);
    return join(folder, name);
  };
  return {
    async put(bytes) {
      const name = hashOf(bytes);
      const aside = join(folder, `.${randomUUID()}`);
      writeFileSync(aside, bytes, { flush: true });
      renameSync(aside, fileOf(name));
      return name;
    },
    async get(name) {
      const file = fileOf(name);
      if (!existsSync(file)) throw problem('MILL_BLOB_MISSING', `${name} is not there.`);
      const bytes = readFileSync(file);
      if (hashOf(bytes) !== name) throw problem('MILL_BLOB_DAMAGED', `${name} has other bytes.`);
      return bytes;
    },
    has: async (name) => existsSync(fileOf(name)),
    close: async () => {},
  };
}
