import { type ColumnType, MillraceError, messageOf, nearest, type Problem } from '../../base/index.ts';
import type { CheckContext, Node } from '../../graph/index.ts';
import { checkContract, checkPartition, checkRules } from '../contract/index.ts';
import { checkKeeping } from './check-keeping.ts';
import { type TableBody, VALID_FROM, VALID_TO } from './spec.ts';
import { keepStudy, keptStudy, studyTable, type TableStudy } from './study.ts';

/**
 * Prepares a table's query on empty tables with the declared columns of its inputs and holds the result against its own contract:
 * a wrong name or type is found before any data is read.
 */
export async function checkTable(node: Node<TableBody>, context: CheckContext): Promise<Problem[]> {
  const { contract, history, partitionBy } = node.body;
  const stored = checkPartition(node, contract, partitionBy);
  if (keptStudy(node, context) !== undefined) return stored;
  const problems = [
    ...checkContract(node, contract),
    ...(await checkRules(node, contract, context)),
    ...checkKeeping(node, context.graph),
  ];
  let study: TableStudy;
  try {
    study = await studyTable(node, context);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const { message } = error.problems[0] as Problem;
    const place = placeIn(messageOf(error.cause));
    problems.push(
      problem(node, 'MILL_TABLE_SQL', `Its query does not prepare: ${message}${place}`, 'Correct the query.'),
    );
    return [...stored, ...problems];
  }
  const byName = new Map(study.found.map((column) => [column.name, column.type]));
  const ours: readonly string[] = history ? [VALID_FROM, VALID_TO] : [];
  for (const column of contract.columns) {
    if (ours.includes(column.name)) continue;
    const type = byName.get(column.name);
    if (type === undefined) {
      const near = nearest(column.name, byName.keys());
      problems.push(
        problem(
          node,
          'MILL_TABLE_COLUMN_MISSING',
          `Its query gives no column '${column.name}'${near ? `; it gives '${near}'` : ` (it gives ${[...byName.keys()].join(', ')})`}.`,
          'Select it under the declared name, or drop it from the contract.',
        ),
      );
    } else if (!becomes(type, column.type))
      problems.push(
        problem(
          node,
          'MILL_TABLE_COLUMN_TYPE',
          `Its query gives '${column.name}' as ${type}, but it is declared ${column.type}.`,
          'Cast it in the query, or declare the type it has.',
        ),
      );
  }
  if (problems.length === 0) keepStudy(node, context, study);
  return [...stored, ...problems];
}

/** Where the engine says it stumbled: the line of the query, cut to what stands around the place. */
function placeIn(words: string): string {
  const echo = /^LINE \d+: (.*)\n( *)\^/m.exec(words);
  if (echo === null) return '';
  const [, line = '', indent = ''] = echo;
  const at = Math.max(0, indent.length - 'LINE 1: '.length);
  return ` (near «${line.slice(Math.max(0, at - 40), at + 20).trim()}»)`;
}

const integers = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/;

/** Whether a result of this type can be kept as the declared one. `found` is one of ours or in the engine's words. */
function becomes(found: string, declared: ColumnType): boolean {
  if (found === declared) return true;
  switch (declared) {
    case 'integer':
      return integers.test(found);
    case 'double':
      return found === 'integer' || found === 'FLOAT' || found.startsWith('DECIMAL') || integers.test(found);
    case 'timestamp':
      return found === 'DATE' || found.startsWith('TIMESTAMP');
    case 'string':
      return found === 'UUID' || found.startsWith('ENUM');
    case 'boolean':
      return false;
  }
}

function problem(node: Node, code: Problem['code'], message: string, todo: string): Problem {
  return { code, message, todo, owner: 'project', asset: node.name, place: node.place };
}
