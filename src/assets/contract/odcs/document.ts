import { canonicalJson, formatDuration, type Json, type JsonObject } from '../../../base/index.ts';
import type { ColumnSpec, ContractSpec, RowRule, TableRule } from '../spec.ts';
import { invalid } from './invalid.ts';
import { propertyOf, propertyRules, type ReadProperty, readProperty, unitOf } from './property.ts';
import { type OurForm, residueOf, withResidue } from './residue.ts';
import { objectQuality, readObjectQuality, readPropertyQuality } from './rules.ts';

// Contracts as documents of the Open Data Contract Standard 3.1, and back. Nothing is lost on the way: what the standard has no
// word for is said in `customProperties` and `custom` rules of ours, what we have no word for is kept as the contract's `odcs`.

/** A dataset as the document describes it. */
export interface DescribedDataset {
  readonly name: string;
  readonly description?: string;
  readonly contract: ContractSpec;
}

const VERSION = 'v3.1.0';

/** The document of one dataset or several. What the document says as a whole is taken from the first. */
export function toOdcs(datasets: readonly DescribedDataset[]): JsonObject {
  const kept = (datasets[0]?.contract.odcs ?? {}) as { document?: Json };
  const top = withResidue(documentOf(datasets), kept.document) as JsonObject;
  const schema = datasets.map((dataset) => {
    const residue = (dataset.contract.odcs as { schema?: JsonObject } | undefined)?.schema;
    const object = withResidue(objectOf(dataset), residue) as JsonObject;
    return trueTo(dataset.contract, object);
  });
  // In the order in which people read it.
  const { slaProperties, customProperties, ...head } = top;
  return {
    ...head,
    schema,
    ...(slaProperties === undefined ? {} : { slaProperties }),
    ...(customProperties === undefined ? {} : { customProperties }),
  };
}

/**
 * What was kept must not say what the declaration no longer says, nor leave out what it says now: entries that read as other rules
 * go, and rules that stand nowhere are added.
 */
function trueTo(contract: ContractSpec, object: JsonObject): JsonObject {
  const { columns, tableRules, rowRules = [] } = contract;
  const declared = new Set([...tableRules, ...rowRules].map((rule) => canonicalJson(rule)));
  const isDeclared = (rule: object): boolean => declared.has(canonicalJson(rule));
  const properties = (object['properties'] as readonly JsonObject[]).map((property) => {
    const column = columns.find(({ name }) => name === property['name']);
    return column === undefined ? property : trueToColumn(contract, column, property, isDeclared);
  });
  const quality = ((object['quality'] ?? []) as readonly JsonObject[]).filter((entry) => {
    const rule = readObjectQuality(entry);
    return rule === undefined || isDeclared(rule);
  });
  const said = new Set(
    [
      ...properties.flatMap((property) => readProperty(property).table),
      ...quality.flatMap((entry) => readObjectQuality(entry) ?? []),
    ].map((rule) => canonicalJson(rule)),
  );
  const unsaid = [...rowRules, ...tableRules].filter((rule) => !said.has(canonicalJson(rule)));
  const { quality: _, customProperties, ...rest } = object;
  const all = [...quality, ...unsaid.map(objectQuality)];
  const inOrder = keyIn(properties.map(readProperty)).join('\n') === contract.key.join('\n');
  return {
    ...rest,
    properties: inOrder ? properties : properties.map((property) => placed(contract.key, property)),
    ...(all.length === 0 && object['quality'] === undefined ? {} : { quality: all }),
    ...(customProperties === undefined ? {} : { customProperties }),
  };
}

function trueToColumn(
  contract: ContractSpec,
  column: ColumnSpec,
  property: JsonObject,
  isDeclared: (rule: object) => boolean,
): JsonObject {
  const plain = propertyOf(contract, column.name);
  const without = (...keys: string[]): JsonObject =>
    Object.fromEntries(Object.entries(property).filter(([key]) => !keys.includes(key)));
  const stated = ['logicalType', 'logicalTypeOptions', 'required', 'primaryKey', 'primaryKeyPosition'];
  const forms = [
    property,
    { ...plain, ...without(...stated) },
    { ...plain, ...without(...stated, 'quality', 'relationships', 'tags', 'description', 'unique') },
  ];
  const wanted = canonicalJson(sortedRules(column));
  const keyed = contract.key.includes(column.name);
  const { quality, ...form } = (forms.find((one) => {
    const read = readProperty(one);
    return canonicalJson(sortedRules(read.column)) === wanted && (read.position !== undefined) === keyed;
  }) ?? plain) as { quality?: readonly JsonObject[]; unique?: Json };
  const kept = quality?.filter((entry) => {
    const rule = readPropertyQuality(entry, column.name);
    return rule === undefined || (rule.rule !== 'unique' && rule.rule !== 'nullShare') || isDeclared(rule);
  });
  const { unique, ...rest } = form;
  const stale = unique === true && !isDeclared({ rule: 'unique', columns: [column.name] }) && !keyed;
  return { ...(stale ? rest : form), ...(kept === undefined ? {} : { quality: kept }) };
}

const sortedRules = (column: ColumnSpec): object => ({
  ...column,
  rules: column.rules.map((rule) => canonicalJson(rule)).sort(),
});

/** The names of the key's columns, in its order. */
function keyIn(properties: readonly ReadProperty[]): string[] {
  return properties
    .filter(({ position }) => position !== undefined)
    .sort((a, b) => (a.position as number) - (b.position as number))
    .map(({ column }) => column.name);
}

function placed(key: readonly string[], property: JsonObject): JsonObject {
  const position = key.indexOf(property['name'] as string) + 1;
  return position === 0 ? property : { ...property, primaryKeyPosition: position };
}

/** The document without its schema. */
function documentOf(datasets: readonly DescribedDataset[]): JsonObject {
  const [first] = datasets;
  const owner = first?.contract.owner;
  const latencies = datasets.flatMap(({ name, contract: { fresh, eventTime } }) => {
    if (fresh === undefined || eventTime === undefined) return [];
    const [, value, unit] = /^(\d+(?:\.\d+)?)(.)$/.exec(formatDuration(fresh)) ?? [];
    return [
      { property: 'latency', value: Number(value), unit: unit as string, element: `${name}.${eventTime}` },
    ];
  });
  return {
    apiVersion: VERSION,
    kind: 'DataContract',
    id: first?.name ?? '',
    name: first?.name ?? '',
    version: '1.0.0',
    status: 'active',
    ...(owner === undefined ? {} : { team: { members: [{ username: owner, role: 'owner' }] } }),
    ...(latencies.length === 0 ? {} : { slaProperties: latencies }),
  };
}

function objectOf({ name, description, contract }: DescribedDataset): JsonObject {
  const inProperties = contract.columns.flatMap((column) => propertyRules(contract, column.name).table);
  const quality = [...(contract.rowRules ?? []), ...contract.tableRules]
    .filter((rule) => !inProperties.includes(rule as TableRule))
    .map(objectQuality);
  const own = (property: string, value: string | undefined): JsonObject[] =>
    value === undefined ? [] : [{ property: `millrace.${property}`, value }];
  const customProperties = [
    ...own('eventTime', contract.eventTime),
    ...own('availableAt', contract.availableAt),
    ...own(
      'availableAfter',
      contract.availableAfter === 0 ? undefined : formatDuration(contract.availableAfter),
    ),
    ...own('onBreach', contract.onBreach),
  ];
  return {
    name,
    logicalType: 'object',
    ...(description === undefined ? {} : { description }),
    properties: contract.columns.map((column) => propertyOf(contract, column.name)),
    ...(quality.length === 0 ? {} : { quality }),
    customProperties,
  };
}

/**
 * The datasets of a document. What is not understood is kept in each contract's `odcs`.
 * @throws MILL_ODCS_INVALID when it is no data contract of version 3, or says of a dataset nothing that can be read.
 */
export function fromOdcs(document: Json): DescribedDataset[] {
  const top = objectIn(document, 'The document');
  if (top['kind'] !== 'DataContract' || !/^v3\./.test(String(top['apiVersion'])))
    throw invalid(
      `It is ${textOf(top['kind'])} of ${textOf(top['apiVersion'])}.`,
      'Give a DataContract with an apiVersion of v3.',
    );
  const objects = listIn(top['schema'], 'schema').map((one, i) => objectIn(one, `schema[${i}]`));
  if (objects.length === 0) throw invalid('Its schema has no objects.', 'Describe at least one table.');
  const read = objects.map((object) => readObject(object, top, objects.length === 1));
  const { schema: _, ...rest } = top;
  const documentResidue = residueOf(documentOf(read), rest, () => undefined);
  return read.map((dataset, i) => {
    const object = objects[i] as JsonObject;
    const schema = residueOf(objectOf(dataset), object, ourFormIn(dataset.contract));
    const odcs = {
      ...(documentResidue === undefined ? {} : { document: documentResidue }),
      ...(schema === undefined ? {} : { schema }),
    };
    const { contract } = dataset;
    return Object.keys(odcs).length === 0 ? dataset : { ...dataset, contract: { ...contract, odcs } };
  });
}

/** How we would write an entry of a list that we understand: qualities of the object, and of its properties. */
function ourFormIn(contract: ContractSpec): OurForm {
  const names = contract.columns.map(({ name }) => name);
  return (element) => {
    const rule = readObjectQuality(element);
    if (rule !== undefined) return objectQuality(rule);
    for (const name of names) {
      const own = readPropertyQuality(element, name);
      if (own === undefined) continue;
      const written = propertyOf(
        {
          ...contract,
          columns: contract.columns.map((c) =>
            c.name === name ? { ...c, rules: isTableRule(own) ? [] : [own as never] } : c,
          ),
          tableRules: isTableRule(own) ? [own as TableRule] : [],
        },
        name,
      );
      const [form] = (written['quality'] ?? []) as readonly JsonObject[];
      if (form !== undefined) return form;
    }
    return undefined;
  };
}

function isTableRule(rule: { readonly rule: string }): boolean {
  return rule.rule === 'nullShare' || rule.rule === 'unique';
}

function readObject(object: JsonObject, top: JsonObject, alone: boolean): DescribedDataset {
  const given = object['name'];
  if (typeof given !== 'string' || given === '') throw invalid('A schema object has no name.', 'Name it.');
  const name = assetName(given);
  const properties = listIn(object['properties'], `the properties of ${given}`).map((one) =>
    readProperty(objectIn(one, `a property of ${given}`)),
  );
  if (properties.length === 0) throw invalid(`'${given}' has no properties.`, 'Describe its columns.');
  const names = properties.map(({ column }) => column.name);
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw invalid(`'${given}' has the property '${twice}' twice.`, 'Drop one.');
  const rules = listIn(object['quality'] ?? [], `the quality of ${given}`).flatMap((one) => {
    const rule = readObjectQuality(objectIn(one, `a quality of ${given}`));
    return rule === undefined ? [] : [rule];
  });
  const own = ownIn(object);
  const rowRules = rules.filter((rule): rule is RowRule => rule.rule === 'where');
  const key = keyIn(properties);
  const eventTime = own['eventTime'];
  const fresh = eventTime === undefined ? undefined : latencyIn(top, given, eventTime, alone);
  const owner = ownerIn(top);
  const onBreach = own['onBreach'];
  return {
    name,
    ...(typeof object['description'] === 'string' ? { description: object['description'] } : {}),
    contract: {
      columns: properties.map(({ column }) => column),
      key,
      ...(eventTime === undefined ? {} : { eventTime }),
      ...(own['availableAt'] === undefined ? {} : { availableAt: own['availableAt'] }),
      availableAfter: own['availableAfter'] === undefined ? 0 : (unitOf(own['availableAfter']) ?? 0),
      ...(owner === undefined ? {} : { owner }),
      ...(fresh === undefined ? {} : { fresh }),
      ...(rowRules.length === 0 ? {} : { rowRules }),
      tableRules: [
        ...properties.flatMap(({ table }) => table),
        ...rules.filter((rule): rule is TableRule => rule.rule !== 'where'),
      ],
      onBreach: onBreach === 'warn' || onBreach === 'block' ? onBreach : 'quarantine',
    },
  };
}

function ownIn(object: JsonObject): Readonly<Record<string, string>> {
  const custom = Array.isArray(object['customProperties'])
    ? (object['customProperties'] as readonly Json[])
    : [];
  const own: Record<string, string> = {};
  for (const one of custom) {
    const { property, value } = (one ?? {}) as JsonObject;
    if (typeof property === 'string' && property.startsWith('millrace.') && typeof value === 'string')
      own[property.slice('millrace.'.length)] = value;
  }
  return own;
}

function ownerIn(top: JsonObject): string | undefined {
  const { members } = (top['team'] ?? {}) as JsonObject;
  const owner = (Array.isArray(members) ? (members as readonly Json[]) : []).find(
    (one) => (one as JsonObject | null)?.['role'] === 'owner',
  ) as JsonObject | undefined;
  return typeof owner?.['username'] === 'string' ? owner['username'] : undefined;
}

/** What the service levels promise of a dataset's age: `latency`, or `freshness` as it was called. */
function latencyIn(top: JsonObject, dataset: string, eventTime: string, alone: boolean): number | undefined {
  const levels = Array.isArray(top['slaProperties']) ? (top['slaProperties'] as readonly Json[]) : [];
  for (const one of levels) {
    const { property, value, unit, element } = (one ?? {}) as JsonObject;
    if (property !== 'latency' && property !== 'freshness') continue;
    if (element === undefined ? !alone : element !== `${dataset}.${eventTime}`) continue;
    const micros = unitOf(`${String(value)}${String(unit ?? '')}`);
    if (micros !== undefined) return micros;
  }
  return undefined;
}

/** A name that an asset can have, as near to the given one as may be. */
function assetName(given: string): string {
  const name = given
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 60);
  return name === '' ? 'dataset' : name;
}

function objectIn(value: Json | undefined, what: string): JsonObject {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw invalid(`${what} is ${textOf(value)}, not an object.`, 'Write it as the standard has it.');
}

function listIn(value: Json | undefined, what: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw invalid(`${what} is ${textOf(value)}, not a list.`, 'Write it as the standard has it.');
}

function textOf(value: Json | undefined): string {
  return value === undefined
    ? 'missing'
    : Array.isArray(value)
      ? 'a list'
      : JSON.stringify(value).slice(0, 60);
}
