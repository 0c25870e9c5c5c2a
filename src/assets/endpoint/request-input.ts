import type { Json, JsonObject } from '../../base/index.ts';
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
  if (type !== 'timestamp') return value ?? null;
  if (Array.isArray(value)) return value.map((item) => new Date((item as number) / 1000));
  return typeof value === 'number' ? new Date(value / 1000) : (value ?? null);
}
