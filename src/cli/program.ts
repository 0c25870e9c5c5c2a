import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Problem, packageVersion } from '../base/index.ts';
import { BUG, DONE, exitCodeOf, problemsOf, USAGE } from './exit.ts';
import { fromHere } from './from-here.ts';
import { catchSignals } from './signals.ts';
import { openTerminal } from './terminal.ts';
import type { VerbContext } from './verb.ts';

interface GlobalOptions {
  project: string;
  json?: boolean;
  quiet?: boolean;
}

/** The file a project is declared in unless `--project` says otherwise. */
const PROJECT_FILE = 'project.ts';

/** Commands by what somebody is about to do, as the help lists them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Declare:': ['init', 'check', 'test', 'contract'],
  'Build and serve:': ['plan', 'run', 'up', 'serve', 'predict'],
  'Look:': ['impact', 'show', 'runs', 'query', 'features', 'trace', 'audit'],
  'Models:': ['search', 'card', 'export', 'compare', 'reproduce'],
  'Versions:': ['rollback', 'promote', 'alias', 'note'],
  'Mend:': ['readmit', 'doctor'],
};

/** Runs the command line and gives its exit code. What a verb needs is loaded when it is its turn: help comes at once. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = DONE;
  const verb =
    <A extends unknown[]>(load: () => Promise<(context: VerbContext, ...args: A) => Promise<number>>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const { project, json, quiet } = command.optsWithGlobals<GlobalOptions>();
      const terminal = openTerminal({ json: json ?? false, quiet: quiet ?? false });
      const { untilStopped, release } = catchSignals((text) => terminal.aside(text));
      try {
        const context: VerbContext = { projectFile: project, terminal, untilStopped };
        const run = await load();
        exitCode = await run(context, ...(given.slice(0, -1) as A));
      } catch (error) {
        const problems = problemsOf(error).map(fromHere);
        for (const problem of problems) terminal.problem(problem);
        terminal.result({ ok: false, problems });
        exitCode = exitCodeOf(problems) || BUG;
      } finally {
        release();
      }
    };
  const program = new Command('millrace')
    .description('From raw rows to a served, traced prediction.')
    .version(packageVersion(), '--version', 'print the version of millrace')
    .option('--project <file>', 'the file that declares the project', PROJECT_FILE)
    .option('--json', 'print the result as one JSON object on the last line')
    .option('--quiet', 'print problems only')
    .addHelpText(
      'after',
      "\nStart with:\n  $ millrace up\n\n'millrace help <command>' has an example of each.",
    )
    .commandsGroup('Help:')
    .helpCommand(true)
    .showHelpAfterError('(millrace --help lists what there is)')
    .exitOverride();
  const add = (usage: string, description: string, example: string): Command =>
    program
      .command(usage)
      .helpGroup(groupOf(usage))
      .description(description)
      .showHelpAfterError(`(millrace help ${usage} says more)`)
      .addHelpText('after', `\nExample:\n  $ ${example}`);
  const addListening = (usage: string, description: string, example: string): Command =>
    add(usage, description, example)
      .option('--port <port>', 'where to listen; 0 takes a free one', portOf, 7070)
      .option('--host <host>', 'which address to listen on', '127.0.0.1')
      .option(
        '--allow-host <name>',
        'a name by which it is asked, as by a proxy; may be given again',
        (name: string, others: readonly string[] = []) => [...others, name],
      );

  add(
    'init',
    'a new project; from files, with a source for each shape of them',
    "millrace init shop --from 'in/*.csv'",
  )
    .argument('[name]', 'of its folder; default: here')
    .option('--from <files...>', 'files, folders or globs to tell the sources from')
    .action(verb(async () => (await import('./verbs/init.ts')).initVerb));
  const only = ['--only', 'these alone, with what they are built from as it is live'] as const;
  const downstream = ['--downstream', 'what is built from these, too'] as const;
  const from = ['--from <day>', 'build event time from here on again, in incremental tables'] as const;
  const to = ['--to <day>', 'up to here; a day, or an instant such as 2026-01-31T12:00:00Z'] as const;

  add('check', 'find faults of the declarations without reading data', 'millrace check').action(
    verb(async () => (await import('./verbs/check.ts')).checkVerb),
  );
  add('test', 'unit tests of tables, with rows of their own', 'millrace test outcomes')
    .argument('[tables...]', 'only tests of these')
    .action(verb(async () => (await import('./verbs/test.ts')).testVerb));
  add('plan', 'what would run, and why', 'millrace plan --json')
    .argument('[assets...]', 'only these and what they are built from')
    .option(...only)
    .option(...downstream)
    .option(...from)
    .option(...to)
    .action(verb(async () => (await import('./verbs/plan.ts')).planVerb));
  add('run', 'build what is new or changed, check it, publish it', 'millrace run card_activity')
    .argument('[assets...]', 'only these and what they are built from')
    .option(...only)
    .option(...downstream)
    .option(...from)
    .option(...to)
    .option('--concurrency <count>', 'steps under way at once', stepsOf)
    .action(verb(async () => (await import('./verbs/run.ts')).runVerb));
  add('search', 'try parameters for a model, beside whoever else does', 'millrace search fraud')
    .argument('<model>')
    .action(verb(async () => (await import('./verbs/search.ts')).searchVerb));
  add('card', 'what a model is, how good and for whom, in plain words', 'millrace card fraud@3')
    .argument('<model>', 'such as fraud for what is live, fraud@3, or fraud@challenger')
    .option('--to <file>', 'write it there, as Markdown: fraud-card.md')
    .action(verb(async () => (await import('./verbs/card.ts')).cardVerb));
  add('impact', 'what an asset or one of its columns reaches', 'millrace impact payments.amount')
    .argument('<asset[.column]>')
    .action(verb(async () => (await import('./verbs/impact.ts')).impactVerb));
  addListening('up', 'run, then serve', 'millrace up --port 7070')
    .option('--once', 'stop after the summary')
    .action(verb(async () => (await import('./verbs/up.ts')).upVerb));
  addListening('serve', 'answer over HTTP with what is live', 'millrace serve --port 7070').action(
    verb(async () => (await import('./verbs/serve.ts')).serveVerb),
  );
  add('show', 'versions, checks and columns of an asset, or all assets', 'millrace show fraud')
    .argument('[asset]', 'all without it; or a version, such as fraud@3 or fraud@challenger')
    .option('--sql', 'the SQL that computes it')
    .option('--checks', 'how each rule was judged, version by version')
    .option('--log', 'what its latest step said')
    .option('--report <file>', 'write the report of a model there: fraud.html as a page, fraud.json as data')
    .action(verb(async () => (await import('./verbs/show.ts')).showVerb));
  add(
    'export',
    'a training set as Parquet and Arrow files',
    'millrace export training-set fraud --to out/fraud',
  )
    .addArgument(new Argument('<what>', 'is exported').choices(['training-set']))
    .argument('<name>', 'of it, of a model trained on it, or of a version such as fraud_training@2')
    .requiredOption('--to <folder>', 'new, empty, or of an earlier export')
    .addOption(
      new Option('--format <formats...>', 'of the rows; default: both').choices(['parquet', 'arrow']),
    )
    .action(verb(async () => (await import('./verbs/export.ts')).exportVerb));
  add('runs', 'the latest runs, or the steps and the log of one', 'millrace runs')
    .argument('[id]', 'of the run')
    .action(verb(async () => (await import('./verbs/runs.ts')).runsVerb));
  add(
    'query',
    'SQL over the tables that are live',
    `millrace query "select * from payments__quarantine limit 5"`,
  )
    .argument('<sql>', 'a select')
    .option('--personal', 'show personal data as it is')
    .action(verb(async () => (await import('./verbs/query.ts')).queryVerb));
  add(
    'contract',
    'contracts as data contracts (ODCS), from them, or beside what is live',
    'millrace contract export payments --out payments.odcs.yaml',
  )
    .addArgument(new Argument('<what>', 'to do').choices(['export', 'import', 'check']))
    .argument('[names...]', 'of datasets; of files for import')
    .option('--out <file>', 'write there instead of to the screen')
    .option('--files <glob>', 'where the files of imported sources are')
    .action(verb(async () => (await import('./verbs/contract.ts')).contractVerb));
  add(
    'features',
    'look one entity up, or make the state anew from the lake',
    'millrace features get card_activity card_id=c17\n  $ millrace features get taste user_id=u1 item=lamp\n  $ millrace features rebuild card_activity',
  )
    .addArgument(new Argument('<what>', 'to do').choices(['get', 'rebuild']))
    .argument('<name>', 'of the features')
    .argument('[keys...]', 'who is looked up, as key=value')
    .action(verb(async () => (await import('./verbs/features.ts')).featuresVerb));
  add(
    'predict',
    'ask an endpoint once, or score a table into a table',
    `millrace predict screen '{"card_id":"c17","amount":12}'\n  $ millrace predict screen --batch payments --as-of paid_at`,
  )
    .argument('<name>', 'of an endpoint; for a batch also a model, or a version such as fraud@3')
    .argument('[question]', 'as JSON')
    .option('--explain', 'tell why, too: what each input adds')
    .option('--batch <table>', 'a table that is live, or a .parquet or .csv file')
    .option('--to <name>', 'of the table of answers, NAME__batch; default: that of the endpoint')
    .option('--as-of <when>', 'now, an instant, or the column that says it by row; default: now')
    .option('--id <id>', 'of the batch: it is scored once, however often it is asked for')
    .option('--out <file>', 'write its rows as Parquet, too')
    .action(verb(async () => (await import('./verbs/predict.ts')).predictVerb));
  add('trace', 'from a prediction back to its rows', 'millrace trace 01kabq3x9v5m2d7f8r4t')
    .argument('<id>', 'of the prediction')
    .action(verb(async () => (await import('./verbs/trace.ts')).traceVerb));
  add(
    'audit',
    'compute logged predictions and look-ups again, and tell why a feature was served otherwise',
    'millrace audit features screen --since 1d',
  )
    .addArgument(new Argument('<what>', 'to audit').choices(['features']))
    .argument('[name]', 'of an endpoint, or of features; default: all')
    .option('--since <duration>', 'answers of so long ago, and younger', '1d')
    .option('--sample <count>', 'answers of an endpoint, or of features, at most', countOf, 200)
    .option('--personal', 'show what reproduces a bug though it may hold personal data')
    .action(verb(async () => (await import('./verbs/audit.ts')).auditVerb));
  add(
    'readmit',
    'judge what a source has set aside again, and let in what passes now',
    `millrace readmit payments --rule 'card_id: not in cards.card_id'`,
  )
    .argument('<source>')
    .option('--rule <name>', 'only rows that were set aside for it')
    .action(verb(async () => (await import('./verbs/readmit.ts')).readmitVerb));
  add('rollback', 'point the live alias at the version before, or at a named one', 'millrace rollback fraud')
    .argument('<asset>')
    .option('--to <version>', 'such as fraud@2')
    .action(verb(async () => (await import('./verbs/rollback.ts')).rollbackVerb));
  add(
    'promote',
    'let a version go live, or move another alias to it, by the rule of publishing',
    'millrace promote fraud@3 --note "seen by risk"',
  )
    .argument('<version>', 'such as fraud@3, or fraud@challenger')
    .option('--alias <name>', 'that is moved', 'live')
    .option('--note <text>', 'kept with the version')
    .option('--by <name>', 'who says so; default: whose session it is')
    .option('--force', 'though its gates have not passed; --note must say why')
    .action(verb(async () => (await import('./verbs/promote.ts')).promoteVerb));
  add('alias', 'name a version beside what is live', 'millrace alias fraud@3 challenger')
    .argument('<version>', 'such as fraud@3; with --delete the asset')
    .argument('<name>', 'of the alias')
    .option('--delete', 'take the name away')
    .action(verb(async () => (await import('./verbs/alias.ts')).aliasVerb));
  add('note', 'say something of a version, for good', 'millrace note fraud@3 "trained after the outage"')
    .argument('<version>', 'such as fraud@3')
    .argument('<text>')
    .option('--by <name>', 'who says so; default: whose session it is')
    .action(verb(async () => (await import('./verbs/note.ts')).noteVerb));
  add(
    'compare',
    'two versions of models: figures on the same rows, parameters, inputs, data',
    'millrace compare fraud@2 fraud@3',
  )
    .argument('<version>', 'such as fraud@2, fraud for what is live, or fraud@challenger')
    .argument('<other>', 'whose rows both are judged on')
    .action(verb(async () => (await import('./verbs/compare.ts')).compareVerb));
  add(
    'reproduce',
    'make a version of a model again from what is on record, and say whether it comes out the same',
    'millrace reproduce fraud@3',
  )
    .argument('<version>', 'such as fraud@3')
    .action(verb(async () => (await import('./verbs/reproduce.ts')).reproduceVerb));
  add('doctor', 'find what is amiss in what is kept, and mend it', 'millrace doctor --fix')
    .option('--fix', 'mend what can be mended without a loss')
    .option('--expire-after <duration>', 'versions and snapshots that nothing needs go at this age', '30d')
    .option(
      '--keep <count>',
      'so many newest versions of an asset, and snapshots, stay in any case',
      countOf,
      100,
    )
    .option(
      '--grace <duration>',
      'what is younger is left alone; of what is older the last of each hour stays',
      '1d',
    )
    .action(verb(async () => (await import('./verbs/doctor.ts')).doctorVerb));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return DONE;
    // The words have been said on standard error; a program still gets its document.
    if (args.includes('--json')) openTerminal({ json: true }).result({ ok: false, problems: [usage(error)] });
    return USAGE;
  }
}

const groupOf = (verb: string): string =>
  Object.entries(GROUPS).find(([, verbs]) => verbs.includes(verb))?.[0] ?? 'Others:';

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}

function countOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A count is a whole number.');
}

function stepsOf(text: string): number {
  // As in graph/limits.ts, which is loaded only when there is something to run.
  if (/^([1-9]|[1-5]\d|6[0-4])$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number from 1 to 64.');
}

function usage({ message }: CommanderError): Problem {
  return {
    code: 'MILL_CLI_USAGE',
    message: message.replace(/^error: /, ''),
    todo: 'millrace --help lists what there is.',
    owner: 'project',
  };
}
