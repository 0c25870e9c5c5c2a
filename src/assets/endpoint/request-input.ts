import { dateOf, type Json, type JsonObject } from '../../base/index.ts';
import type { FeatureSpec, RequestBody, RequestInput } from '../feature/index.ts';
import type { Lookup } from '../model/index.ts';

/**
 * The input of a request function from plain JSON: the request's fields and the values of the features it uses. Instants become
 * Dates: in a request they are ISO texts, among features microseconds.
 */
export function requestInput(
  body: RequestBody,
  request: JsonObject,
  features: Readonly<Record<string, JsonObject>>,
  lookups: readonly Lookup[],
): RequestInput {
  const fields = body.request.map(({ name, type }) => {
    const value = request[name] ?? null;
    return [name, type === 'timestamp' && value !== null ? new Date(value as string) : value];
  });
  const used = Object.entries(body.uses).map(([as, asset]) => {
    const specs = lookups.find((lookup) => lookup.name === asset)?.body.features ?? [];
    return [
      as,
      Object.fromEntries(specs.map((spec) => [spec.name, featureValue(spec, features[asset]?.[spec.name])])),
    ];
  });
  return { request: Object.fromEntries(fields), ...Object.fromEntries(used) } as RequestInput;
}

function featureValue({ type }: FeatureSpec, value: Json | undefined): unknown {
  // A list of its own: it may be sorted, and what was looked up is logged.
  if (type !== 'timestamp') return Array.isArray(value) ? [...value] : (value ?? null);
  if (Array.isArray(value)) return value.map((item) => dateOf(item as number));
  return typeof value === 'number' ? dateOf(value) : (value ?? null);
}
