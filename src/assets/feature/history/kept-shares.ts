import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteName, quoteText } from '../../../base/index.ts';
import { literalPath, type Session } from '../../../engine/index.ts';

/** Answers of finished shares, kept while the others are still computed. */
export interface KeptShares {
  /** Makes the table `into` of a share that was kept, and gives its counts of late rows; undefined where it was not. */
  read(session: Session, share: string, into: string): Promise<readonly number[] | undefined>;
  write(session: Session, share: string, from: string, late: readonly number[]): Promise<void>;
}

/** Keeps shares as Parquet files in a folder, which is made when there is one to keep. A file is there whole or not at all. */
export function keepShares(folder: string, prefix: string): KeptShares {
  const pathOf = (share: string): string => join(folder, `${prefix} ${share}.parquet`);
  return {
    async read(session, share, into) {
      const path = pathOf(share);
      const notes = `${path}.json`;
      // The notes are written first: with the rows they are there.
      if (!existsSync(path)) return undefined;
      await session.run(
        `create temp table ${quoteName(into)} as from read_parquet(${quoteText(literalPath(path))}, hive_partitioning = false)`,
      );
      return JSON.parse(readFileSync(notes, 'utf8')) as number[];
    },
    async write(session, share, from, late) {
      mkdirSync(folder, { recursive: true });
      const path = pathOf(share);
      writeFileSync(`${path}.json`, JSON.stringify(late));
      const half = `${path}.half`;
      rmSync(half, { force: true });
      await session.run(`copy ${quoteName(from)} to ${quoteText(half)} (format parquet, compression zstd)`);
      renameSync(half, path);
    },
  };
}
