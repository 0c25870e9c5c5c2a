import { formatDuration, type Json } from '../../../base/index.ts';
import { pathText } from '../path.ts';
import type { Bounds, CellRule, ColumnSpec, LikeBefore, RuleNote, TableRule } from '../spec.ts';
import type { DescribedDataset } from './document.ts';

// Imported contracts as declarations that a person would have written: TypeScript, in the form that our formatter gives.
// Everything that comes from a document goes through JSON.stringify or a number, so that it can only be a value.

/** The source declarations of datasets, as one module. `glob` says where a dataset's files are. */
export function declarationText(
  datasets: readonly DescribedDataset[],
  glob?: (dataset: string) => string,
): string {
  const here = new Set(datasets.map(({ name }) => name));
  const used = new Set(['col', 'files', 'source']);
  const ordered = referencedFirst(datasets);
  const bodies = ordered.map((dataset) =>
    sourceText(dataset, glob?.(dataset.name) ?? usualGlob(dataset), used),
  );
  const elsewhere = new Set(
    datasets
      .flatMap(({ contract }) => contract.columns.flatMap((column) => column.rules))
      .flatMap((rule) => (rule.rule === 'references' && !here.has(rule.dataset) ? [rule.dataset] : [])),
  );
  return [
    `import { ${[...used].sort().join(', ')} } from 'millrace';`,
    ...[...elsewhere].sort().map((name) => `import { ${variable(name)} } from ${quoted(`./${name}.ts`)};`),
    '',
    bodies.join('\n\n'),
    '',
  ].join('\n');
}

/** Only JSON has something within something. */
function usualGlob({ name, contract }: DescribedDataset): string {
  return `data/${name}/*.${contract.columns.some(({ at }) => at !== undefined) ? 'jsonl' : 'csv'}`;
}

/** A dataset after those it refers to; a circle of references is broken at its first. */
function referencedFirst(datasets: readonly DescribedDataset[]): DescribedDataset[] {
  const done = new Set<DescribedDataset>();
  const visit = (dataset: DescribedDataset, above: readonly DescribedDataset[]): void => {
    if (done.has(dataset) || above.includes(dataset)) return;
    for (const { rules } of dataset.contract.columns)
      for (const rule of rules) {
        const other = rule.rule === 'references' && datasets.find(({ name }) => name === rule.dataset);
        if (other) visit(other, [...above, dataset]);
      }
    done.add(dataset);
  };
  for (const dataset of datasets) visit(dataset, []);
  return [...done];
}

function sourceText(
  { name, description, contract }: DescribedDataset,
  glob: string,
  used: Set<string>,
): string {
  const { key, eventTime, availableAt, availableAfter, owner, fresh, onBreach, odcs } = contract;
  const rules = [
    ...(contract.rowRules ?? []).map((rule) => {
      used.add('rowWhere');
      return `rowWhere(${quoted(rule.name)}, ${quoted(rule.sql)}${noteArgument(rule)})`;
    }),
    ...contract.tableRules.map((rule) => tableRuleText(rule, used)),
  ];
  const line = (field: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`  ${field}: ${value},`];
  const text = (field: string, value: string | undefined): string[] =>
    line(field, value === undefined ? undefined : quoted(value));
  return [
    `export const ${variable(name)} = source(${quoted(name)}, {`,
    ...text('description', description),
    `  from: files(${quoted(glob)}),`,
    ...text('owner', owner),
    '  columns: {',
    ...contract.columns.map((column) => `    ${property(column.name)}: ${columnText(column)},`),
    '  },',
    ...line('key', key.length === 0 ? undefined : key.length === 1 ? quoted(key[0] as string) : list(key)),
    ...text('eventTime', eventTime),
    ...text('availableAt', availableAt),
    ...text('availableAfter', availableAfter === 0 ? undefined : formatDuration(availableAfter)),
    ...text('fresh', fresh === undefined ? undefined : formatDuration(fresh)),
    ...(rules.length === 0 ? [] : ['  expect: [', ...rules.map((rule) => `    ${rule},`), '  ],']),
    ...text('onBreach', onBreach === 'quarantine' ? undefined : onBreach),
    ...(odcs === undefined ? [] : [`  odcs: ${jsonText(odcs, '  ')},`]),
    '});',
  ].join('\n');
}

function columnText({ type, nullable, rules, at, description, pii }: ColumnSpec): string {
  return [
    `col.${type}()`,
    ...(at === undefined ? [] : [`at(${quoted(pathText(at))})`]),
    ...rules.map((rule) => `${ruleText(rule)}${noteCall(rule)}`),
    ...(nullable ? ['nullable()'] : []),
    ...(pii ? ['pii()'] : []),
    ...(description === undefined ? [] : [`describe(${quoted(description)})`]),
  ].join('.');
}

function ruleText(rule: CellRule): string {
  switch (rule.rule) {
    case 'between':
      return `between(${number(rule.min)}, ${number(rule.max)})`;
    case 'oneOf':
      return `oneOf(${rule.values.map(quoted).join(', ')})`;
    case 'matches':
      return `matches(${pattern(rule.pattern)})`;
    case 'length':
      return rule.min === rule.max
        ? `length(${rule.min})`
        : `length(${number(rule.min)}, ${number(rule.max)})`;
    case 'references':
      return `references(${variable(rule.dataset)}, ${quoted(rule.column)})`;
  }
}

function tableRuleText(rule: TableRule, used: Set<string>): string {
  const word = {
    rowCount: 'rowCount',
    rowCountLike: 'rowCount',
    unique: 'unique',
    nullShare: 'nullShare',
    mean: 'mean',
    quantile: 'quantile',
    sql: 'tableSql',
  }[rule.rule];
  used.add(word);
  switch (rule.rule) {
    case 'rowCount':
      return rule.max === undefined
        ? `rowCount.atLeast(${number(rule.min ?? 0)}${noteArgument(rule)})`
        : `rowCount.between(${number(rule.min ?? 0)}, ${number(rule.max)}${noteArgument(rule)})`;
    case 'rowCountLike':
      return `rowCount.likeBefore(${likeText(rule.like, rule)})`;
    case 'unique':
      return `unique(${rule.columns.map(quoted).join(', ')}${noteArgument(rule)})`;
    case 'nullShare':
      return `nullShare(${quoted(rule.column)}).atMost(${number(rule.max)}${noteArgument(rule)})`;
    case 'mean':
    case 'quantile': {
      const what = rule.rule === 'mean' ? quoted(rule.column) : `${quoted(rule.column)}, ${number(rule.at)}`;
      if ('like' in rule.wanted) return `${word}(${what}).likeBefore(${likeText(rule.wanted.like, rule)})`;
      const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = rule.wanted.bounds;
      return `${word}(${what}).between(${number(min)}, ${number(max)}${noteArgument(rule)})`;
    }
    case 'sql':
      return `tableSql(${quoted(rule.name)}, ${quoted(rule.sql)}, ${options({ ...boundsOptions(rule.bounds), ...note(rule) })})`;
  }
}

const boundsOptions = ({ min, max }: Bounds): Record<string, string> => ({
  ...(min === undefined ? {} : { atLeast: number(min) }),
  ...(max === undefined ? {} : { atMost: number(max) }),
});

function likeText({ tolerance, deviations }: LikeBefore, rule: RuleNote): string {
  const said = {
    ...(tolerance === 0.1 ? {} : { tolerance: number(tolerance) }),
    ...(deviations === 4 ? {} : { deviations: number(deviations) }),
    ...note(rule),
  };
  return Object.keys(said).length === 0 ? '' : options(said);
}

function note({ severity, owner, description }: RuleNote): Record<string, string> {
  return {
    ...(severity === undefined ? {} : { severity: quoted(severity) }),
    ...(owner === undefined ? {} : { owner: quoted(owner) }),
    ...(description === undefined ? {} : { description: quoted(description) }),
  };
}

function noteArgument(rule: RuleNote): string {
  return Object.keys(note(rule)).length === 0 ? '' : `, ${options(note(rule))}`;
}

function noteCall(rule: RuleNote): string {
  return Object.keys(note(rule)).length === 0 ? '' : `.rule(${options(note(rule))})`;
}

function options(said: Record<string, string>): string {
  return `{ ${Object.entries(said)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }`;
}

function number(value: number): string {
  if (Math.abs(value) === Number.MAX_VALUE) return value < 0 ? '-Number.MAX_VALUE' : 'Number.MAX_VALUE';
  return value === Number.MAX_SAFE_INTEGER ? 'Number.MAX_SAFE_INTEGER' : String(Number(value));
}

/** A regular expression literal where JavaScript reads it as the same pattern, and a call that says it otherwise. */
function pattern(source: string): string {
  const [, flags = '', rest = source] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(source) ?? [];
  try {
    const made = new RegExp(rest, flags);
    if (made.source === rest) return String(made);
  } catch {}
  return `{ source: ${quoted(source)}, flags: '' } as RegExp`;
}

const RESERVED =
  /^(break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|await|col|files|source)$/;

/** What a dataset is called in the program. */
function variable(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_$]/g, '_').replace(/^(\d)/, '_$1');
  return RESERVED.test(safe) || safe === '' ? `${safe}_` : safe;
}

function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  const json = JSON.stringify(text).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  return json.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}

/** Plain data as a person writes it in TypeScript. */
function jsonText(value: Json, indent: string): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return String(value);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? (value as readonly Json[]).map((one) => jsonText(one, inner))
    : Object.entries(value).map(
        ([key, one]) => `${key === '__proto__' ? '["__proto__"]' : property(key)}: ${jsonText(one, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  const flat = Array.isArray(value) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
  if (flat.length + indent.length <= 90 && !flat.includes('\n')) return flat;
  return `${open}\n${parts.map((part) => `${inner}${part},`).join('\n')}\n${indent}${close}`;
}
