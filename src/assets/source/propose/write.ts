import { type CellRule, pathText } from '../../contract/index.ts';
import type { ProposedColumn, ProposedSource } from './proposal.ts';

/** As wide as the lines of this project. */
const WIDTH = 110;

/** `project.ts` of a project with these sources, as a person would write it; without any, one that waits for them. */
export function projectText(name: string, sources: readonly ProposedSource[]): string {
  const taken = new Set(RESERVED);
  const constants = sources.map((source) => ({ source, constant: constantOf(source.name, taken) }));
  if (sources.length === 0)
    return `import { project } from 'millrace';\n\n// Declare what there is, source by source, and hand it over here:\n// const payments = source('payments', { from: files('data/payments/*.csv'), columns: { … } });\nexport default project(${quoted(name)}, {});\n`;
  const imports = "import { col, files, project, source } from 'millrace';";
  const blocks = constants.map(({ source, constant }) => sourceText(constant, source));
  const all = constants.map(({ constant }) => constant).join(', ');
  const end = `export default project(${quoted(name)}, { ${all} });`;
  return `${[imports, ...blocks, end].join('\n\n')}\n`;
}

/** One declaration. */
export function sourceText(constant: string, source: ProposedSource): string {
  const head = `${count(source.rows + source.aside, 'row')} in ${count(source.files.length, 'file')}${source.aside === 0 ? '' : `; ${source.aside.toLocaleString('en')} would be set aside`}`;
  const broken = [...source.broken].map(([rule, rows]) => `set aside by '${rule}': ${count(rows, 'row')}`);
  const lines = [head, ...source.notes, ...broken].map((note) => `// ${upper(comment(note))}.`);
  const key = source.key.map(quoted);
  return [
    ...lines,
    `const ${constant} = source(${quoted(source.name)}, {`,
    `  from: ${filesText(source)},`,
    '  columns: {',
    ...source.columns.flatMap(columnLines),
    '  },',
    ...(key.length === 0 ? [] : [`  key: ${key.length === 1 ? key[0] : `[${key.join(', ')}]`},`]),
    ...(source.eventTime === undefined ? [] : [`  eventTime: ${quoted(source.eventTime)},`]),
    '});',
  ].join('\n');
}

function filesText({ glob, format, told, delimiter, header, nulls }: ProposedSource): string {
  const options = [
    ...(told ? [] : [`format: ${quoted(format)}`]),
    ...(delimiter === undefined ? [] : [`delimiter: ${quoted(delimiter)}`]),
    ...(header ? [] : ['header: false']),
    ...(nulls.length === 1 && nulls[0] === '' ? [] : [`nulls: [${nulls.map(quoted).join(', ')}]`]),
  ];
  if (options.length === 0) return `files(${quoted(glob)})`;
  const line = `files(${quoted(glob)}, { ${options.join(', ')} })`;
  if (line.length + '  from: ,'.length <= WIDTH) return line;
  return `files(${quoted(glob)}, {\n${options.map((option) => `    ${option},\n`).join('')}  })`;
}

function columnLines(column: ProposedColumn): string[] {
  const name = /^[A-Za-z$][\w$]*$/.test(column.name) ? column.name : quoted(column.name);
  const parts = [
    `col.${column.type}()`,
    ...(column.at === undefined ? [] : [`.at(${quoted(pathText(column.at))})`]),
    ...column.rules.map(ruleText),
    ...(column.nullable ? ['.nullable()'] : []),
    ...(column.pii ? ['.pii()'] : []),
  ];
  const notes = column.notes.map((note) => comment(note)).join('; ');
  const line = `    ${name}: ${parts.join('')},`;
  if (notes !== '' && line.length + notes.length + 4 <= WIDTH) return [`${line} // ${notes}`];
  const above = notes === '' ? [] : [`    // ${upper(notes)}.`];
  if (line.length <= WIDTH || parts.length === 1) return [...above, line];
  const [type, ...calls] = parts as [string, ...string[]];
  const before = column.at === undefined ? 0 : 1;
  const rules = calls.flatMap((call, i) => wrapped(call, column.rules[i - before]));
  return [
    ...above,
    `    ${name}: col`,
    `      ${type.slice('col'.length)}`,
    ...rules.slice(0, -1),
    `${rules.at(-1)},`,
  ];
}

/** A call on a line of its own, a long list with a line for each value. */
function wrapped(call: string, rule: CellRule | undefined): string[] {
  if (rule?.rule !== 'oneOf' || call.length + 6 <= WIDTH) return [`      ${call}`];
  return ['      .oneOf(', ...rule.values.map((value) => `        ${quoted(value)},`), '      )'];
}

function ruleText(rule: CellRule): string {
  switch (rule.rule) {
    case 'between':
      return `.between(${numberText(rule.min)}, ${numberText(rule.max)})`;
    case 'oneOf':
      return `.oneOf(${rule.values.map(quoted).join(', ')})`;
    default:
      return '';
  }
}

/** 50_000, as people write it. */
export function numberText(value: number): string {
  const text = String(value);
  return /^-?\d{5,}$/.test(text) ? text.replace(/\B(?=(\d{3})+$)/g, '_') : text;
}

/** A text as a literal; nothing in it can end the literal or the line. */
export function quoted(text: string): string {
  const double = JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${(c.codePointAt(0) as number).toString(16).padStart(4, '0')}`,
  );
  // Whatever needs fewer escapes, as formatters have it.
  if (text.includes("'") && !text.includes('"')) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Data must not end a comment: line breaks of every sort and control characters go. */
function comment(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

function upper(text: string): string {
  return text.replace(/^[a-z]/, (c) => c.toUpperCase());
}

const RESERVED =
  'col files project source arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield'.split(
    ' ',
  );

function constantOf(name: string, taken: Set<string>): string {
  let constant = name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
  while (taken.has(constant)) constant = `${constant}Rows`;
  taken.add(constant);
  return constant;
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}
