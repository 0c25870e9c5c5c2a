import { canonicalJson, type Json, type JsonObject } from '../../../base/index.ts';

// What a document says beyond what we can say ourselves: the difference between the document and the one we would write, such that
// putting it back on what we write gives the document again. After the contract has been edited, what it says of things that are
// still there is put back, and what replaced a form of ours goes with that form.
//
// In an object: members that are other or more, and `$absent`, ours that it has not. In a list of objects: `$of` by name, `$plus`
// for those of its own, `$swap` for pairs of our form and its form of the same thing, `$minus` for ours that it has not.

type Things = readonly JsonObject[];

/** Our form of an element of a list, where we understand it: by that, two forms of one thing are known as one. */
export type OurForm = (element: JsonObject) => JsonObject | undefined;

/** What `theirs` says beyond `ours`; undefined when they are equal. The order of lists of objects says nothing. */
export function residueOf(ours: Json, theirs: Json, ourForm: OurForm): Json | undefined {
  if (equal(ours, theirs)) return undefined;
  if (isThings(ours) && isThings(theirs)) return residueOfList(ours, theirs, ourForm);
  if (!isObject(ours) || !isObject(theirs)) return theirs;
  const residue: Record<string, Json> = {};
  for (const [key, value] of Object.entries(theirs)) {
    const own = ours[key];
    const rest = own === undefined ? value : residueOf(own, value, ourForm);
    if (rest !== undefined) residue[key] = rest;
  }
  const absent = Object.keys(ours).filter((key) => theirs[key] === undefined);
  if (absent.length > 0) residue['$absent'] = absent;
  return Object.keys(residue).length === 0 ? undefined : residue;
}

function residueOfList(ours: Things, theirs: Things, ourForm: OurForm): Json | undefined {
  const left = [...ours];
  const take = (fits: (element: JsonObject) => boolean): JsonObject | undefined => {
    const at = left.findIndex(fits);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const of: Record<string, Json> = {};
  const plus: Json[] = [];
  const swap: Json[] = [];
  // Equal ones first, so that none of them is taken for another.
  const other = theirs.filter((element) => take((own) => equal(own, element)) === undefined);
  for (const element of other) {
    const form = ourForm(element);
    const same = form && take((own) => equal(own, form));
    const name = soleName(theirs, element);
    const named =
      same || name === undefined || name in of ? undefined : take((own) => soleName(ours, own) === name);
    if (same) swap.push([same, element]);
    else if (named) of[name as string] = residueOf(named, element, ourForm) as Json;
    else plus.push(element);
  }
  const residue = {
    ...(Object.keys(of).length === 0 ? {} : { $of: of }),
    ...(plus.length === 0 ? {} : { $plus: plus }),
    ...(swap.length === 0 ? {} : { $swap: swap }),
    ...(left.length === 0 ? {} : { $minus: left }),
  };
  return Object.keys(residue).length === 0 ? undefined : residue;
}

/** Puts a residue back on what we write. */
export function withResidue(ours: Json, residue: Json | undefined): Json {
  if (residue === undefined) return ours;
  if (isThings(ours)) {
    if (isThings(residue)) return [...ours, ...residue.filter((one) => !ours.some((own) => equal(own, one)))];
    if (isObject(residue) && Object.keys(residue).every((key) => key.startsWith('$')))
      return withListResidue(ours, residue);
  }
  if (!isObject(ours) || !isObject(residue)) return residue;
  const absent = residue['$absent'];
  const merged: Record<string, Json> = {};
  for (const [key, value] of Object.entries(ours))
    if (!(Array.isArray(absent) && absent.includes(key))) merged[key] = withResidue(value, residue[key]);
  for (const [key, value] of Object.entries(residue))
    if (key !== '$absent' && ours[key] === undefined) merged[key] = unlisted(value);
  return merged;
}

function withListResidue(ours: Things, residue: JsonObject): Json {
  const list = (key: string): Json[] =>
    Array.isArray(residue[key]) ? [...(residue[key] as readonly Json[])] : [];
  const of = isObject(residue['$of']) ? residue['$of'] : {};
  const [minus, swap] = [list('$minus'), list('$swap')];
  const take = (from: Json[], fits: (one: Json) => boolean): Json | undefined => {
    const at = from.findIndex(fits);
    return at < 0 ? undefined : from.splice(at, 1)[0];
  };
  const elements = ours.flatMap((own): Json[] => {
    if (take(minus, (one) => equal(one, own)) !== undefined) return [];
    const pair = take(swap, (one) => Array.isArray(one) && equal(one[0] as Json, own));
    if (Array.isArray(pair)) return [pair[1] as Json];
    const name = soleName(ours, own);
    return [withResidue(own, name === undefined ? undefined : of[name])];
  });
  return [...elements, ...list('$plus')];
}

/** What stood beside elements of ours that are gone now: those of its own are left. */
function unlisted(residue: Json): Json {
  if (
    !isObject(residue) ||
    !Object.keys(residue).some((key) => ['$of', '$plus', '$swap', '$minus'].includes(key))
  )
    return residue;
  return residue['$plus'] ?? [];
}

/** The name of an element that no other of its list has. */
function soleName(list: Things, element: JsonObject): string | undefined {
  const name = nameOf(element);
  return name !== undefined && list.filter((one) => nameOf(one) === name).length === 1 ? name : undefined;
}

function nameOf(element: JsonObject): string | undefined {
  for (const key of ['name', 'property', 'username', 'to'])
    if (typeof element[key] === 'string') return element[key];
  return undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isThings(value: Json | undefined): value is Things {
  return Array.isArray(value) && value.every((one) => isObject(one as Json));
}

function equal(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
