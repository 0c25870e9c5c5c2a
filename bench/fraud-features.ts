import project from '../examples/fraud/project.ts';
import type { AggregateSpec, FeaturesBody } from '../src/assets/index.ts';
import { quoteName } from '../src/base/index.ts';
import type { Session } from '../src/engine/index.ts';
import type { Workspace } from '../src/graph/index.ts';
import type { TableState } from '../src/store/lake/index.ts';
import { answerHistory } from './features-ours.ts';
import { median } from './machine.ts';
import { type Result, result } from './results.ts';

const body = project.assets.activity['~'].nodes[0]?.body as FeaturesBody;

/**
 * The example's own features for every payment, as training asks for them, beside the range join that one writes by hand, in
 * the same DuckDB over the same tables in memory. Few rows a card favour the join; so the same again with few entities.
 */
export async function fraudFeatures(workspace: Workspace): Promise<Result[]> {
  const { engine, lake, state } = workspace;
  const session = await engine.session();
  try {
    const version = state.live('payments');
    const payments = session.scan(lake.table('payments', version?.snapshot) as TableState, { rowId: true });
    const results: Result[] = [];
    for (const { entities, key, rounds } of [
      { entities: 'by card', key: 'card_id', rounds: 3 },
      { entities: '200 busy entities', key: "'card ' || hash(card_id) % 200", rounds: 1 },
    ]) {
      await session.run(
        `create or replace temp table events as select * replace (${key} as card_id) from ${payments}`,
      );
      await session.run(
        `create or replace temp table questions as select _row_id as _ask, card_id as _entity, epoch_us(paid_at) as _at from events`,
      );
      results.push(await beside(session, entities, rounds));
    }
    return results;
  } finally {
    session.close();
  }
}

async function beside(session: Session, entities: string, rounds: number): Promise<Result> {
  const ways = {
    ours: () => answerHistory(session, { body, events: 'events', asks: 'questions' }, 'ours'),
    naive: () => session.run(`create or replace temp table naive as ${rangeJoin()}`),
  };
  const seconds = { ours: [] as number[], naive: [] as number[] };
  for (let round = 0; round < rounds; round++)
    for (const way of ['ours', 'naive'] as const) {
      const began = performance.now();
      await ways[way]();
      seconds[way].push((performance.now() - began) / 1000);
    }
  const rows = await sameAnswers(session);
  const [ours, naive] = [median(seconds.ours), median(seconds.naive)];
  const rate = (taken: number): string => `${Math.round(rows / taken).toLocaleString('en')} rows/s`;
  const windows = await session.rows<{ seen: number }>('select avg(seen_30d)::DOUBLE as seen from naive');
  return result(
    `offline features, ${body.features.length} a row, ${entities} (${Math.round(windows[0]?.seen ?? 0)} rows in 30 d)`,
    naive / ours,
    'higher',
    `${rate(ours)} (${ours.toFixed(2)} s)`,
    `${rate(naive)} (${naive.toFixed(2)} s), naive range join`,
  );
}

function rangeJoin(): string {
  const at = (feature: Pick<AggregateSpec, 'window' | 'hop'>): string =>
    `(_at - ${feature.window}) - (_at - ${feature.window}) % ${feature.hop}`;
  const features = body.features as readonly AggregateSpec[];
  const widest = features.reduce((a, b) => ((b.window ?? 0) > (a.window ?? 0) ? b : a));
  const columns = features.map((feature) => {
    const { name, aggregate, column } = feature;
    const cell = quoteName(column ?? '_row_id');
    const call = {
      count: 'count(_row_id)',
      sum: `coalesce(sum(${cell}), 0)`,
      mean: `avg(${cell})`,
      min: `min(${cell})`,
      max: `max(${cell})`,
      distinct: `count(distinct ${cell})`,
      last: `arg_max(${cell}, event::HUGEINT * 18446744073709551616 + _row_id)`,
    }[aggregate as string];
    const seen = `filter (event >= ${at(feature)})`;
    const filtered = aggregate === 'sum' ? `coalesce(sum(${cell}) ${seen}, 0)` : `${call} ${seen}`;
    return `${filtered} as ${quoteName(name)}`;
  });
  return `select _ask, count(_row_id) as seen_30d, ${columns.join(', ')}
    from questions left join (select *, epoch_us(paid_at) as event from events) e
      on e.card_id = _entity and event < _at and event >= ${at(widest)}
    group by _ask`;
}

/** Compares every answer: numbers to 1e-9, because a plain sum of doubles depends on its order; all else exactly. Gives the number of rows. */
async function sameAnswers(session: Session): Promise<number> {
  const equal = (body.features as readonly AggregateSpec[]).map(({ name, aggregate }) => {
    const [a, b] = [`o.${quoteName(name)}`, `n.${quoteName(name)}`];
    const near = `abs(${a} - ${b}) <= 1e-9 * greatest(1, abs(${b}))`;
    const exact = `${a} is not distinct from ${b}`;
    return aggregate === 'sum' || aggregate === 'mean' ? `(${exact} or ${near})` : `(${exact})`;
  });
  const [row] = await session.rows<{ rows: number; same: number; asked: number }>(
    `select count(*) as rows, count(*) filter (${equal.join(' and ')}) as same, (select count(*) from questions) as asked
     from ours o join naive n using (_ask)`,
  );
  if (!row || row.same !== row.asked || row.rows !== row.asked)
    throw new Error(`only ${row?.same} of ${row?.asked} answers are the same`);
  return row.rows;
}
