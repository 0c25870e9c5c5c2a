import { Command, CommanderError } from 'commander';
import { BUG, DONE, exitCodeOf, problemsOf, USAGE } from './exit.ts';
import { fromHere, PROJECT_FILE } from './load-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { checkVerb } from './verbs/check.ts';
import { planVerb } from './verbs/plan.ts';
import { predictVerb } from './verbs/predict.ts';
import { rollbackVerb } from './verbs/rollback.ts';
import { runVerb } from './verbs/run.ts';
import { serveVerb } from './verbs/serve.ts';
import { showVerb } from './verbs/show.ts';
import { traceVerb } from './verbs/trace.ts';
import { upVerb } from './verbs/up.ts';

/** What every verb gets: the project's file and where to write. It gives its exit code. */
export interface VerbContext {
  readonly projectFile: string;
  readonly terminal: Terminal;
}

interface GlobalOptions {
  project: string;
  json?: boolean;
  quiet?: boolean;
}

/** Runs the command line and gives its exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = DONE;
  const verb =
    <A extends unknown[]>(run: (context: VerbContext, ...args: A) => Promise<number>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const { project, json, quiet } = command.optsWithGlobals<GlobalOptions>();
      const terminal = openTerminal({ json: json ?? false, quiet: quiet ?? false });
      try {
        exitCode = await run({ projectFile: project, terminal }, ...(given.slice(0, -1) as A));
      } catch (error) {
        const problems = problemsOf(error).map(fromHere);
        for (const problem of problems) terminal.problem(problem);
        terminal.result({ ok: false, problems });
        exitCode = exitCodeOf(problems) || BUG;
      }
    };
  const program = new Command('millrace')
    .description('From raw rows to a served, traced prediction.')
    .option('--project <file>', 'the file that declares the project', PROJECT_FILE)
    .option('--json', 'print the result as one JSON object on the last line')
    .option('--quiet', 'print problems only')
    .showHelpAfterError('(millrace --help lists what there is)')
    .exitOverride();
  const add = (usage: string, description: string, example: string): Command =>
    program.command(usage).description(description).addHelpText('after', `\nExample:\n  $ ${example}`);

  add('check', 'find faults of the declarations without reading data', 'millrace check').action(
    verb(checkVerb),
  );
  add('plan', 'what would run, and why', 'millrace plan --json')
    .argument('[assets...]', 'only these and what they are built from')
    .action(verb(planVerb));
  add('run', 'build what is new or changed, check it, publish it', 'millrace run card_activity')
    .argument('[assets...]', 'only these and what they are built from')
    .action(verb(runVerb));
  add('up', 'run, then serve', 'millrace up --port 7070')
    .option('--port <port>', 'where to listen', '7070')
    .option('--host <host>', 'which address to listen on', '127.0.0.1')
    .option('--once', 'stop after the summary')
    .action(verb(upVerb));
  add('serve', 'answer over HTTP with what is live', 'millrace serve --port 7070')
    .option('--port <port>', 'where to listen', '7070')
    .option('--host <host>', 'which address to listen on', '127.0.0.1')
    .action(verb(serveVerb));
  add('show', 'versions, rows and checks of an asset, or of all', 'millrace show fraud')
    .argument('[asset]')
    .option('--sql', 'the SQL that computes it')
    .action(verb(showVerb));
  add('predict', 'ask an endpoint once', `millrace predict screen '{"card_id":"c17","amount":12}'`)
    .argument('<endpoint>')
    .argument('<question>', 'as JSON')
    .action(verb(predictVerb));
  add('trace', 'from a prediction back to its rows', 'millrace trace 01kab…')
    .argument('<id>', 'of the prediction')
    .action(verb(traceVerb));
  add('rollback', 'point the live alias at the version before, or at a named one', 'millrace rollback fraud')
    .argument('<asset>')
    .option('--to <version>', 'such as fraud@2')
    .action(verb(rollbackVerb));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : USAGE;
    throw error;
  }
}
