import { looksSecret, nearest, type Problem } from '../../../base/index.ts';
import type { ContractSpec } from '../../contract/index.ts';
import { lookBackFaults } from '../look-back.ts';
import type { HttpSpec } from './spec.ts';

type Fault = Omit<Problem, 'owner' | 'asset' | 'place'>;

/** Faults of the declaration that its types cannot rule out. */
export function checkHttp(spec: HttpSpec, contract: ContractSpec): Fault[] {
  const faults: Fault[] = [];
  const found = (message: string, todo: string): void => {
    faults.push({ code: 'MILL_CONNECTOR_INVALID', message, todo });
  };
  const url = URL.parse(spec.url);
  if (url === null || !/^https?:$/.test(url.protocol))
    found('Its url is no http:// or https:// address.', "Write 'https://host/path'.");
  else {
    if (url.username !== '' || url.password !== '')
      found(
        'Its url holds a user or a password.',
        "Send it as a header: headers: { Authorization: env('…') }.",
      );
    for (const name of url.searchParams.keys())
      if (looksSecret(name))
        found(`Its url holds '${name}'.`, `Keep it in the environment: query: { ${name}: env('…') }.`);
  }
  for (const [where, values] of [
    ['header', spec.headers],
    ['query parameter', spec.query],
  ] as const)
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'string' && looksSecret(name))
        found(`The ${where} '${name}' is written out.`, `Keep it in the environment: '${name}': env('…').`);
  for (const name of Object.keys(spec.headers))
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      found(`'${name}' is no name of a header.`, 'Use letters, digits and -.');
  const pointers = [spec.records, ...(spec.paging?.by === 'cursor' ? [spec.paging.next] : [])];
  for (const pointer of pointers)
    if (!/^(\/([^~]|~[01])*)?$/.test(pointer))
      found(`'${pointer}' is no JSON pointer.`, "Write each step after a slash: '/data/items'.");
  if (spec.paging?.by === 'page' && !Number.isSafeInteger(spec.paging.first))
    found(`Pages cannot begin at ${spec.paging.first}.`, 'Give a whole number.');
  if (spec.spacing !== undefined && !(spec.spacing > 0 && Number.isSafeInteger(spec.spacing)))
    found('Its rate limit is no rate.', 'Give a positive number of requests.');
  if (spec.since !== undefined) {
    const { cursor, lookBack } = spec.since;
    const names = contract.columns.map(({ name }) => name);
    const column = contract.columns.find(({ name }) => name === cursor);
    const near = nearest(cursor, names);
    if (column === undefined)
      found(
        `Its cursor '${cursor}' is not a column${near === undefined ? '' : `; the nearest is '${near}'`}.`,
        'Name a declared column.',
      );
    else if (column.type === 'boolean')
      found(`Its cursor '${cursor}' is a boolean.`, 'Name a column that grows.');
    if (lookBack !== undefined && column !== undefined && column.type !== 'timestamp')
      found(
        `It looks back over '${cursor}', which is not a timestamp.`,
        'Name a timestamp column, or take lookBack out.',
      );
    faults.push(...lookBackFaults(lookBack, contract));
  }
  return faults;
}
