import { type Json, MillraceError, said } from '../../../base/index.ts';
import { unknownOptions } from '../train/check-options.ts';
import { checkSpace } from './space.ts';
import type { SearchSpec } from './spec.ts';

const OPTIONS: readonly string[] = ['trials', 'suggest', 'halving', 'folds', 'atOnce'];

/** Whether the options of a search are such that it can be made: types are not there when a project runs. @throws MILL_SEARCH_INVALID */
export function checkSearch({ of: _, own: __, fixed, space, ...options }: SearchSpec): void {
  const { trials, atOnce, halving, folds, suggest } = options;
  checkFixed(fixed);
  if (Object.keys(space).length === 0)
    throw invalid(
      'Nothing is searched: every parameter has its value.',
      'Say what one may be: rate: space.float(0.02, 0.3). To train once, declare the trainer itself.',
    );
  checkSpace(space);
  checkNames(options, OPTIONS, 'A search');
  checkChoice('suggest', suggest, ['tpe', 'random']);
  checkWhole('trials', trials, 1, 100_000);
  checkWhole('atOnce', atOnce, 1, 1_000);
  if (folds !== undefined) {
    checkByName('folds', folds, "folds: { folds: 5, by: 'time' }");
    checkNames(folds, ['folds', 'by'], "'folds' of a search");
    checkChoice('folds.by', folds.by, ['time', 'group', 'random']);
    checkWhole('folds', folds.folds, 2, 100);
  }
  if (halving !== undefined) {
    checkByName('halving', halving, 'true or halving: { first: 0.1 }');
    checkNames(halving, ['first'], "'halving' of a search");
    if (!(typeof halving.first === 'number' && halving.first > 0 && halving.first < 1))
      throw invalid(
        `Trials are first looked at after a share of ${said(halving.first)}; wanted one above 0 and below 1.`,
      );
  }
}

/** What is searched is a parameter as a whole. */
function checkFixed(fixed: SearchSpec['fixed']): void {
  for (const [name, value] of Object.entries(fixed)) {
    const within = spaceWithin(value, name);
    if (within === undefined) continue;
    throw invalid(
      `'${within}' is a space; wanted one for '${name}' as a whole.`,
      `Write ${name}: space.choice(…, …), with all that it may be.`,
    );
  }
}

/** Where a space stands within a value. */
function spaceWithin(value: Json, at: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '~')) return at;
  for (const [name, inner] of Object.entries(value)) {
    const found = spaceWithin(inner, `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkNames(options: object, names: readonly string[], of: string): void {
  const [unknown] = unknownOptions(options, names, of);
  if (unknown !== undefined) throw invalid(unknown.message, unknown.todo);
}

function checkByName(name: string, value: object, wanted: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw invalid(`'${name}' of the search is ${said(value)}; wanted ${wanted}.`);
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const wanted = choices.map((choice) => `'${choice}'`).join(' or ');
  throw invalid(`'${name}' of the search is ${said(value)}; wanted ${wanted}.`);
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalid(`'${name}' of the search is ${said(value)}; wanted a whole number from ${least} to ${most}.`);
}

function invalid(message: string, todo = 'Change the option of the search.'): MillraceError {
  return new MillraceError({ code: 'MILL_SEARCH_INVALID', message, todo, owner: 'project' });
}
