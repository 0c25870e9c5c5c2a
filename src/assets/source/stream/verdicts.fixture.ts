import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb } from '../../../engine/index.ts';
import { type ContractSpec, compileContract, enforceSql, type RowVerdict } from '../../contract/index.ts';
import type { PreparedFile } from '../load/prepared-file.ts';
import { rawRelation } from '../load/raw-relation.ts';
import { openPatternJudge } from './pattern-judge.ts';
import { type PostedRow, rowReader } from './row-text.ts';

/** Lines of JSON judged in both ways. */
export interface VerdictBench {
  /** By the loader's SQL, as lines of a file. `cells` are the values as texts. */
  bySql(
    contract: ContractSpec,
    lines: readonly string[],
  ): Promise<{ rules: string[]; unfit: boolean; cells: (string | null)[] }[]>;
  /** By the contract as a function, as posted rows. */
  atTheDoor(contract: ContractSpec, raw: readonly string[]): Promise<(PostedRow & RowVerdict)[]>;
  close(): Promise<void>;
}

export async function openVerdictBench(): Promise<VerdictBench> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const engine = await openDuckDb({});
  const session = await engine.session();
  let file = 0;
  return {
    async bySql(contract, lines) {
      const plain = join(folder, `${file++}.jsonl`);
      writeFileSync(plain, `${lines.join('\n')}\n`);
      const prepared = { plain, index: 0, format: 'jsonl', names: [], types: [] } as unknown as PreparedFile;
      const cells = contract.columns.map((_, i) => `v${i}::VARCHAR`).join(', ');
      const found = await session.rows<{ rules: string; unfit: boolean; cells: string }>(
        `select to_json(_rules)::VARCHAR as rules, _unfit as unfit, to_json([${cells}])::VARCHAR as cells from (${enforceSql(contract, rawRelation(contract, [prepared], []))})`,
      );
      rmSync(plain);
      return found.map(({ rules, unfit, cells }) => ({
        rules: (JSON.parse(rules ?? 'null') ?? []) as string[],
        unfit,
        cells: JSON.parse(cells) as (string | null)[],
      }));
    },
    async atTheDoor(contract, raw) {
      const compiled = compileContract(contract);
      const patterns = openPatternJudge(engine, compiled.patterns);
      const rows = raw.map(rowReader(contract));
      const matches = await patterns.matches(rows.map(({ value }) => value));
      patterns.close();
      return rows.map((row, i) => ({ ...compiled.judge(row.value, matches[i]), ...row }));
    },
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
