import { rmSync } from 'node:fs';
import { fingerprint, type Json, MillraceError, newId, quoteName, quoteText } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import {
  type Candidate,
  type Graph,
  type Kinds,
  type Node,
  passed,
  plan,
  publish,
  type Report,
  reportLineage,
  type Step,
  type Workspace,
} from '../../graph/index.ts';
import { partitionKeys, repartition, type StagedFile, type TableState } from '../../store/lake/index.ts';
import type { CheckResult, Version } from '../../store/state/index.ts';
import {
  admissible,
  type ContractSpec,
  CSV_RULE,
  compareContracts,
  contestedKeysSql,
  duplicatesSql,
  enforceSql,
  JSON_RULE,
  judgeTable,
  liveContract,
  measure,
  newestPromised,
  pointerTo,
  prepareReferences,
  type RawRelation,
  tableWith,
} from '../contract/index.ts';
import { onto } from './build.ts';
import { withdraw } from './load/withdraw.ts';
import { QUARANTINE_COLUMNS, quarantineOf, sourceColumns, withIds } from './source-tables.ts';
import type { SourceBody } from './spec.ts';
import { type SourceVersion, sourceVersionOf } from './version.ts';

export interface Readmission {
  /** Rows of the quarantine that were judged again. */
  readonly judged: number;
  /** Of these, the rows that are in the table now. */
  readonly admitted: number;
  /** The version that has them; absent when none was let in, or when it did not pass. */
  readonly version?: Version;
  readonly checks: readonly CheckResult[];
}

/**
 * Judges the rows of a source's quarantine again, by its contract and the datasets it refers to as they are now, and lets in what
 * passes: under the load that brought it, with a new row id, out of the quarantine, in one commit. What still breaks a rule stays as it
 * is, and so do lines that are no rows. `rule` narrows it to rows that were set aside for that rule. Doing it again changes nothing.
 * @throws MILL_READMIT_IMPOSSIBLE; MILL_RUN_BEATEN (retry: true) when a run has published meanwhile.
 */
export async function readmit(
  node: Node<SourceBody>,
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  rule?: string,
): Promise<Readmission> {
  const { state, lake, engine, clock } = workspace;
  const live = state.live(node.name);
  if (live === undefined) throw impossible(node, 'Nothing of it is live.');
  const token = newId();
  const detail = remembered(live, token, node.body.contract);
  const step = await stepOf(node, graph, kinds, workspace, live, detail);
  const base = lake.head();
  const session = await engine.session();
  const staged: StagedFile[] = [];
  const startedAt = clock.now();
  let run: string | undefined;
  let report: Report | undefined;
  let done = false;
  try {
    const inputs: Record<string, Version> = {};
    for (const name of node.inputs) {
      const version = state.live(name);
      if (version === undefined) throw impossible(node, `${name}, which it refers to, is not live.`);
      inputs[name] = version;
    }
    const built = await build(session, node, workspace, live, inputs, base, rule, staged);
    const { judged, byLoad } = built;
    const admitted = [...byLoad.values()].reduce((sum, n) => sum + n, 0);
    if (admitted === 0) return { judged, admitted, checks: [] };
    const candidate: Candidate = {
      rows: (live.rows ?? 0) + admitted,
      note: `${admitted.toLocaleString('en')} rows readmitted`,
      checks: built.checks,
      detail: {
        ...detail,
        quarantined: detail.quarantined - admitted,
        broken: Object.fromEntries(built.broken),
        readmitted: { token },
      } as unknown as Json,
      changes: built.changes,
    };
    if (!passed(candidate)) return { judged, admitted: 0, checks: built.checks };
    run = newId(startedAt / 1000);
    state.startRun(run, startedAt);
    report = reportLineage(graph, kinds, workspace, run, undefined, () => {});
    report.begun();
    report.heard({ event: 'step-started', step });
    const from = Object.fromEntries(Object.entries(inputs).map(([name, { id }]) => [name, id]));
    const version = publish(workspace, { step, candidate, inputs: from, base, run });
    done = true;
    state.addStep({
      run,
      position: 1,
      asset: node.name,
      action: 'readmit',
      reason: step.reasons.join('; '),
      outcome: 'published',
      note: candidate.note,
      startedAt,
      finishedAt: clock.now(),
    });
    const seconds = (clock.now() - startedAt) / 1e6;
    const { checks, note } = candidate;
    report.heard({
      event: 'step-finished',
      result: { step, outcome: 'published', version, checks, note, problems: [], seconds },
    });
    return { judged, admitted, version, checks };
  } finally {
    session.close();
    if (!done) discard(workspace, node.name, staged);
    await report?.ended(done ? 'done' : 'failed');
    if (run !== undefined) state.finishRun(run, clock.now(), done ? 'done' : 'failed');
  }
}

/** Deletes what was written in vain. A commit of which only the answer was lost has its files, and they stay. */
function discard({ lake }: Workspace, asset: string, staged: readonly StagedFile[]): void {
  if (staged.length === 0) return;
  try {
    const tables = [asset, quarantineOf(asset)].map((name) => lake.table(name));
    const named = new Set(tables.flatMap((table) => table?.files ?? []).map(({ path }) => path));
    for (const { path } of staged) if (!named.has(path)) rmSync(path, { force: true });
  } catch {
    // They stay as orphans, which the doctor finds; why it failed is what is to be told.
  }
}

/** The live version's detail with what changes its fingerprint. The load's own statistics are left out: this is no load like others. */
function remembered(live: Version, token: string, contract: ContractSpec): SourceVersion {
  const { statistics: _, ...rest } = sourceVersionOf(live);
  const { reached } = rest;
  return {
    ...rest,
    contract,
    readmitted: { token },
    ...(reached === undefined
      ? {}
      : { reached: { ...reached, planned: fingerprint([reached.planned, token]) } }),
  };
}

/**
 * The step under which the version will be known: the plan as it will be once it is live. Refused when that would pass something off
 * as built that is not: with new arrivals, or where rows that are in the table might not be.
 */
async function stepOf(
  node: Node<SourceBody>,
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  live: Version,
  detail: SourceVersion,
): Promise<Step> {
  const selection = { assets: [node.name], inputs: false };
  const now = await plan(graph, kinds, workspace, selection);
  const due = now.steps.find(({ asset }) => asset === node.name);
  refuseArrivals(node, due);
  if (due !== undefined && due.definition !== live.definition) {
    const before = liveContract(live);
    if (before === undefined) throw impossible(node, 'What it was judged by was not kept yet.');
    const tighter = compareContracts(before, node.body.contract).some(
      ({ direction }) => direction !== 'looser' && direction !== 'told',
    );
    // With the contract it was judged by, all else must be as it was declared.
    const as = { ...node, body: { ...node.body, contract: before } };
    const then = { ...graph, nodes: new Map(graph.nodes).set(node.name, as) };
    const { steps } = await plan(then, kinds, workspace, selection);
    const other = steps.some(
      ({ asset, definition }) => asset === node.name && definition !== live.definition,
    );
    if (tighter || other) throw impossible(node, 'Its declaration has changed by more than looser rules.');
  }
  const { state } = workspace;
  const soon = { ...live, fingerprint: '', detail: detail as unknown as Json };
  const seen: Workspace = {
    ...workspace,
    state: { ...state, live: (asset, alias) => (asset === node.name ? soon : state.live(asset, alias)) },
  };
  const then = await plan(graph, kinds, seen, selection);
  const step = then.steps.find(({ asset }) => asset === node.name);
  // Each plan looks anew: what this look did not see as before would be what the version is known by, and no plan would find it again.
  refuseArrivals(node, step);
  if (step === undefined || step.action === 'hold') throw impossible(node, step?.reasons[0] ?? 'It is held.');
  return { ...step, action: 'extend', reasons: ['rows of its quarantine are readmitted'] };
}

/** Also of a source that did not answer: whether there are any is not known. */
function refuseArrivals(node: Node, step: Step | undefined): void {
  const reason = step?.arrivals?.reason;
  if (reason) throw impossible(node, `It has new arrivals, or could not be asked for them: ${reason}.`);
}

async function build(
  session: Session,
  node: Node<SourceBody>,
  { lake, clock }: Workspace,
  live: Version,
  inputs: Readonly<Record<string, Version>>,
  base: number,
  rule: string | undefined,
  staged: StagedFile[],
) {
  const { contract } = node.body;
  const quarantine = quarantineOf(node.name);
  const table = lake.table(node.name, live.snapshot);
  const aside = lake.table(quarantine, live.snapshot);
  const none = { judged: 0, byLoad: new Map<number, number>(), checks: [], broken: new Map(), changes: [] };
  if (table === undefined || aside === undefined || aside.rows === 0) return none;
  await prepareReferences(session, contract, (name) =>
    session.scan(lake.table(name, inputs[name]?.snapshot) as TableState),
  );
  await judge(session, node.body, session.scan(aside, { rowId: true }), rule);
  const keys = contract.key.map((name, k) => `${quoteName(name)} as k${k}`).join(', ');
  const judged = { name: 'again', order: 'struct_pack(a := j._load, b := j._line, c := j._rid)' };
  await session.run('create or replace temp table again_duplicates (_rid BIGINT)');
  if (contract.key.length > 0) {
    const existing = [`(select ${keys} from ${session.scan(table)})`];
    await session.run(
      `create or replace temp table contested as ${contestedKeysSql(contract, judged, existing)}`,
    );
    await session.run(`insert into again_duplicates ${duplicatesSql(contract, judged, 'contested')}`);
  }
  const free = contract.onBreach === 'warn' ? '' : ' and rowid not in (select _rid from again_duplicates)';
  await session.run(
    `create or replace temp table admitted as select * from again where ${admissible(contract)}${free}`,
  );
  const counts = await session.rows<{ _load: number; n: number }>(
    'select _load, count(*) as n from admitted group by _load order by _load',
  );
  const [all] = await session.rows<{ n: number }>('select count(*) as n from again');
  const byLoad = new Map(counts.map(({ _load, n }) => [Number(_load), Number(n)]));
  if (byLoad.size === 0) return { ...none, judged: Number(all?.n ?? 0) };

  const columns = withIds(sourceColumns(contract), table);
  const values = contract.columns.map(({ name }, i) => `v${i} as ${quoteName(name)}`).join(', ');
  const files = await session.write(
    lake.folderOf(node.name),
    columns,
    `select ${values}, _load from admitted order by _load, _line, _rid`,
    { partitionBy: partitionKeys(columns, node.body.partitionBy) },
  );
  staged.push(...files);
  const asideColumns = withIds(QUARANTINE_COLUMNS, aside);
  const left = await withdraw(
    session,
    aside,
    asideColumns,
    { folder: lake.folderOf(quarantine) },
    'struct_pack(a := _load, b := _line, c := _rules, d := _row) in (select struct_pack(a := _load, b := _line, c := _was, d := _row) from admitted)',
  );
  staged.push(...left.files);

  const broken = await session.rows<{ rule: string; n: number }>(
    'select rule, count(*) as n from (select unnest(_rules) as rule from again) group by rule order by rule',
  );
  const now = clock.now();
  const whole = session.scan(tableWith(columns, table.files, files));
  const admitted = [...byLoad.values()].reduce((sum, n) => sum + n, 0);
  const facts = {
    rows: table.rows + admitted,
    newest: await newestPromised(session, contract, whole, now),
    broken: new Map(broken.map((one) => [one.rule, Number(one.n)])),
    measured: await measure(session, contract, { table: whole, load: 'admitted' }),
  };
  return {
    judged: Number(all?.n ?? 0),
    byLoad,
    broken: facts.broken,
    checks: judgeTable(contract, facts, now),
    changes: [
      ...repartition(lake.table(node.name, base), node.body.partitionBy),
      ...onto(node.name, lake.table(node.name, base), table, { columns, files }),
      ...onto(quarantine, lake.table(quarantine, base), aside, {
        columns: asideColumns,
        files: left.files,
        keep: left.keep,
      }),
    ],
  };
}

/** Makes the temporary table `again`: the rows of the quarantine as their raw cells are judged now. */
async function judge(
  session: Session,
  { contract, from }: SourceBody,
  aside: string,
  rule: string | undefined,
) {
  const rules = `from_json(_rules, '["VARCHAR"]')`;
  const chosen = rule === undefined ? '' : ` and list_contains(${rules}, ${quoteText(rule)})`;
  // A cell of CSV may be a text that means nothing; in other forms what is missing is absent or null.
  const nulls = from.connector === 'files' ? from.nulls : [];
  const plain = from.connector === 'files' ? from.format : 'jsonl';
  const isCsv =
    plain === undefined
      ? `regexp_matches(lower(_file), '\\.(csv|tsv)(\\.gz)?$')`
      : plain === 'csv'
        ? 'true'
        : 'false';
  const pointers = contract.columns.map((column) => quoteText(pointerTo(column))).join(', ');
  const raw = (csv: boolean): RawRelation => ({
    from:
      `(select *, json_extract_string(_row, [${pointers}]) as x from ${aside} ` +
      `where ${csv ? '' : 'not '}(${isCsv}) and not list_has_any(${rules}, [${quoteText(CSV_RULE)}, ${quoteText(JSON_RULE)}])${chosen})`,
    cells: contract.columns.map((_, i) => ({ sql: `x[${i + 1}]`, form: 'text' })),
    nulls: csv ? nulls : [],
    keep: ['_load as _load', '_line as _line', '_row as _row', '_rules as _was', '_row_id as _rid'],
  });
  await session.run(`create or replace temp table again as ${enforceSql(contract, raw(true))}`);
  await session.run(`insert into again by name ${enforceSql(contract, raw(false))}`);
}

function impossible(node: Node, message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_READMIT_IMPOSSIBLE',
    message,
    todo: `\`millrace run ${node.name}\` first.`,
    owner: 'project',
    asset: node.name,
    place: node.place,
  });
}
