import type { LoggedModel, ModelVersion, Tracking } from '../../store/tracking/index.ts';
import { checkLength, LONGEST } from './names.ts';
import { listIn } from './read-json.ts';

/** The tag of a logged model that says as which versions it is registered. */
const REGISTERED = 'mlflow.modelVersions';

interface Registration {
  readonly name: string;
  readonly version: number | string;
}

/** Refuses to register a logged model that is not there, or could not say so: before there is a version of it. */
export function checkRegistrable({ loggedModels }: Tracking, model: string, name: string): void {
  // Its number is not known yet: there must be room for any.
  noteOf(loggedModels.get(model), { name, version: Number.MAX_SAFE_INTEGER });
}

/** Says with a logged model as which version it is registered. */
export function noteRegistration(
  { loggedModels }: Tracking,
  model: string,
  { name, version }: ModelVersion,
): void {
  const value = noteOf(loggedModels.get(model), { name, version });
  loggedModels.setTags(model, [{ key: REGISTERED, value }]);
}

/** What the tag holds, and one more. */
function noteOf({ tags }: LoggedModel, added: Registration): string {
  const known = listIn(tags.find(({ key }) => key === REGISTERED)?.value).filter(isRegistration);
  const isKnown = known.some(
    ({ name, version }) => name === added.name && String(version) === String(added.version),
  );
  // As Python writes it: there are those who compare it.
  const each = (isKnown ? known : [...known, added]).map(
    ({ name, version }) => `{"name": ${JSON.stringify(name)}, "version": ${JSON.stringify(version)}}`,
  );
  return checkLength('value', `[${each.join(', ')}]`, LONGEST.registryTag);
}

function isRegistration(value: unknown): value is Registration {
  const { name, version } = (value ?? {}) as Partial<Registration>;
  return typeof name === 'string' && (typeof version === 'number' || typeof version === 'string');
}
