import { quoteName } from '../../../../base/index.ts';
import type { ColumnData, Session } from '../../../../engine/index.ts';
import { studiesOf } from '../../../../graph/index.ts';
import type { CheckResult } from '../../../../store/state/index.ts';
import type { InputPlan } from '../../inputs.ts';
import { type Ingredients, ROWS, tableBehind } from '../assemble.ts';
import { tellsAlone, tellsClass } from './alone.ts';
import { madeOfTarget } from './made-of.ts';
import { twinsOf } from './twins.ts';
import { unseenOf } from './unseen.ts';

/** An input that alone tells the target this well is suspected of knowing it. */
const TELLING = 0.98;
/** Rows on which a column is judged: every k-th of more. */
const JUDGED_ROWS = 200_000;
/** Rows judged by that may be among those learnt from: so many come about by chance. */
const TWINS = 0.01;
/** Where fewer rows than this share are unlike each other, inputs repeat by their nature, and twins say nothing. */
const UNLIKE = 0.5;
/** Suspects named one by one, of each sort. */
const NAMED = 20;

interface Suspect {
  readonly column: string;
  readonly reason: string;
}

/** Looks for inputs that know the answer: one check for each sort of suspicion, or one for each suspect. The rows are put together in the session. */
export async function leakageChecks(
  session: Session,
  context: Ingredients,
  plan: InputPlan,
): Promise<CheckResult[]> {
  const { task, leakage } = context.node.body;
  const figure = task === 'binary' || task === 'multiclass' ? 'ROC-AUC' : 'R²';
  const verdict = (
    name: string,
    wanted: string,
    suspects: readonly Suspect[],
    fine: string,
  ): CheckResult[] => {
    const check = (name: string, passed: boolean, observed: string): CheckResult => ({
      ...{ name, passed, severity: leakage, observed, wanted },
    });
    if (suspects.length === 0) return [check(`leakage: ${name}`, true, fine)];
    const named = suspects
      .slice(0, NAMED)
      .map(({ column, reason }) => check(`leakage: ${column} ${name}`, false, reason));
    const more = suspects.length - named.length;
    return more > 0 ? [...named, check(`leakage: others ${name}`, false, `${more} more inputs`)] : named;
  };
  const alone = await judgeAlone(session, context, plan);
  const strongest = alone[0];
  const telling = alone.filter(({ share }) => share >= TELLING);
  return [
    ...verdict(
      'alone',
      `< ${TELLING}`,
      telling.map(({ column, share }) => ({
        column,
        reason: `it alone tells the target: ${figure} ${share.toFixed(4)}`,
      })),
      strongest === undefined
        ? 'too few rows to tell'
        : `at most ${figure} ${Math.max(0, strongest.share).toFixed(2)}, ${strongest.column}`,
    ),
    ...verdict(
      'in time',
      'known when asked for',
      await findUnseen(session, context, plan),
      'each is known for some row',
    ),
    ...verdict(
      'by lineage',
      'not made of the target',
      await findMade(context, plan),
      'none is made of the target',
    ),
    twinsCheck(leakage, await twinsOf(session, ROWS, [...inputNames(plan), context.node.body.labels.target])),
  ];
}

const inputNames = (plan: InputPlan): string[] => plan.columns.map(({ name }) => name);

/** Columns by how well each alone tells the target, best first. */
async function judgeAlone(
  session: Session,
  { node }: Ingredients,
  plan: InputPlan,
): Promise<{ column: string; share: number }[]> {
  const { labels, task } = node.body;
  const [count] = await session.rows<{ n: number }>(`select count(*) as n from ${ROWS}`);
  const step = Math.max(1, Math.ceil((count?.n ?? 0) / JUDGED_ROWS));
  const read = async (column: string): Promise<ColumnData> => {
    const sql = `select ${quoteName(column)} from ${ROWS} where _ask % ${step} = 0 order by _ask`;
    return (await session.columns(sql))[0] as ColumnData;
  };
  const target = await read(labels.target);
  const tells = (column: ColumnData): number | null =>
    target.type === 'string'
      ? tellsClass(target.values, column)
      : tellsAlone(task === 'binary' ? 'binary' : 'regression', target.values, column);
  const found: { column: string; share: number }[] = [];
  for (const column of inputNames(plan)) {
    const share = tells(await read(column));
    if (share !== null) found.push({ column, share });
  }
  return found.sort((a, b) => b.share - a.share);
}

async function findUnseen(session: Session, context: Ingredients, plan: InputPlan): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  for (const lookup of plan.lookups) {
    const inputs = new Set(plan.columns.flatMap(({ name, from }) => (from === lookup.name ? [name] : [])));
    const features = lookup.body.features.filter(({ name }) => inputs.has(name));
    const events = session.scan(tableBehind(context, lookup));
    const asked = { rows: ROWS, names: lookup.via === undefined };
    for (const { feature, reason } of await unseenOf(session, lookup.body, features, asked, events))
      suspects.push({ column: feature, reason });
  }
  return suspects;
}

async function findMade({ node, graph, workspace }: Ingredients, plan: InputPlan): Promise<Suspect[]> {
  const session = await workspace.engine.session({ optimize: false });
  try {
    return await madeOfTarget(node, plan, { graph, session, studies: studiesOf(workspace.state) });
  } finally {
    session.close();
  }
}

function twinsCheck(
  severity: 'block' | 'warn',
  { judging, twins, unlike }: Awaited<ReturnType<typeof twinsOf>>,
): CheckResult {
  const telling = unlike >= UNLIKE;
  const passed = !telling || twins <= TWINS * judging;
  const counted = `${twins.toLocaleString('en')} of ${judging.toLocaleString('en')} rows to judge by are among those learnt from`;
  return {
    name: 'leakage: rows in two parts',
    passed,
    severity,
    observed: telling ? counted : `${counted}; inputs repeat by their nature`,
    wanted: `≤ ${100 * TWINS} %`,
  };
}
