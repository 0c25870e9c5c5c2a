import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** How good lists of ten are, over the whole catalogue. */
export interface Standing {
  readonly visits: number;
  /** Of what was bought, the share that is among the ten; the mean over visits. */
  readonly recall: number;
  /** What the ten hold, higher places counting more, as a share of the best ten. */
  readonly ndcg: number;
  /** The share of the catalogue that stands in the list of anybody. */
  readonly coverage: number;
}

/**
 * One row, a `Standing`: `scored` has an `output` for each visit and item of `panel`, which says what was bought. Items of equal score go by their names, as the
 * endpoint has it.
 */
export function standingSql(scored: string, panel: string): string {
  return `
    with placed as (
      select visit_id, item_id, bought,
        row_number() over (partition by visit_id order by output desc, item_id) as place,
        row_number() over (partition by visit_id order by bought desc) as best
      from ${scored} join ${panel} using (visit_id, item_id)
    ),
    lists as (
      select
        count(*) filter (bought and place <= 10) / count(*) filter (bought) as recall,
        coalesce(sum(1 / log2(1 + place)) filter (bought and place <= 10), 0)
          / sum(1 / log2(1 + best)) filter (bought and best <= 10) as ndcg
      from placed group by visit_id having bool_or(bought)
    )
    select count(*) as visits, avg(recall) as recall, avg(ndcg) as ndcg,
      (select count(distinct item_id) filter (place <= 10) / count(distinct item_id) from placed) as coverage
    from lists`;
}

/** What the command line says, as JSON. */
function millrace(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync('npx', ['millrace', ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`millrace ${args[0]}: ${stdout}${stderr}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const models = positionals.length > 0 ? positionals : ['popularity', 'factors', 'taste'];
  process.stdout.write('                recall@10  NDCG@10  coverage  visits\n');
  for (const model of models) {
    // Each visit is asked about as of its own instant, by the code that the endpoint answers with.
    const { id } = millrace('predict', model, '--batch', 'panel', '--as-of', 'asked_at') as { id: string };
    const scored = `(from ${model}__batch where batch = '${id}')`;
    const { rows } = millrace('query', standingSql(scored, 'panel')) as { rows: [Standing] };
    const { recall, ndcg, coverage, visits } = rows[0];
    const cells = [recall, ndcg, coverage].map((share) => share.toFixed(3).padStart(9));
    process.stdout.write(`${model.padEnd(16)}${cells.join('')}${String(visits).padStart(8)}\n`);
  }
}
