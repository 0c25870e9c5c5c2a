import type { Engine, Session } from '../../../engine/index.ts';
import type { PatternRule } from '../../contract/index.ts';

interface Waiting {
  readonly rows: readonly (Readonly<Record<string, unknown>> | undefined)[];
  readonly resolve: (matches: boolean[][]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Says which texts match the patterns of a contract, by the engine that judges them again when they are loaded: RE2, so linear in the
 * length of the text. What comes while a query is under way shares the next one.
 */
export interface PatternJudge {
  /** For each row, for each pattern. */
  matches(rows: Waiting['rows']): Promise<boolean[][]>;
  close(): void;
}

export function openPatternJudge(engine: Engine, patterns: readonly PatternRule[]): PatternJudge {
  let session: Promise<Session> | undefined;
  let queue: Waiting[] = [];
  let working = false;

  async function work(): Promise<void> {
    working = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        session ??= engine.session();
        const found = await ask(
          await session.catch((error: unknown) => {
            // One that could not be opened must not be remembered: the next batch tries again.
            session = undefined;
            throw error;
          }),
          patterns,
          batch.flatMap(({ rows }) => rows),
        );
        let at = 0;
        for (const { rows, resolve } of batch) {
          resolve(found.slice(at, at + rows.length));
          at += rows.length;
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    working = false;
  }

  return {
    matches(rows) {
      if (patterns.length === 0) return Promise.resolve(rows.map(() => []));
      return new Promise((resolve, reject) => {
        queue.push({ rows, resolve, reject });
        if (!working) void work();
      });
    },
    close: () =>
      void session?.then(
        (open) => open.close(),
        () => {},
      ),
  };
}

async function ask(
  session: Session,
  patterns: readonly PatternRule[],
  rows: Waiting['rows'],
): Promise<boolean[][]> {
  await session.load(
    '_mill_texts',
    patterns.map(({ column }, k) => ({
      name: `t${k}`,
      type: 'string',
      values: rows.map((row) => {
        const cell = row !== undefined && Object.hasOwn(row, column) ? row[column] : null;
        return typeof cell === 'string' ? cell : null;
      }),
    })),
  );
  const list = patterns.map((_, k) => `coalesce(regexp_matches(t${k}, ?), false)::INTEGER as m${k}`);
  const columns = await session.columns(
    `select ${list.join(', ')} from _mill_texts order by rowid`,
    patterns.map(({ pattern }) => pattern),
  );
  return rows.map((_, i) => columns.map(({ values }) => values[i] === 1));
}
