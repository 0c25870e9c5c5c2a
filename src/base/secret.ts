import { MillraceError } from './problem.ts';

/** A text that stands in the environment and nowhere else: declarations, plans, state and messages hold only its name. */
export type Secret = {
  readonly env: string;
  /** Stands before it: `Bearer `. */
  readonly before?: string;
};

/**
 * What an environment variable holds, looked up when a run needs it: `env('PG_URL')`, `env('TOKEN', { before: 'Bearer ' })`.
 * Only the name is part of the project. An unset variable is MILL_SECRET_MISSING, when it is needed.
 */
export function env(name: string, options: { before?: string } = {}): Secret {
  return Object.freeze({ env: name, ...(options.before === undefined ? {} : { before: options.before }) });
}

/** @throws MILL_SECRET_MISSING */
export function reveal(
  secret: Secret | string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (typeof secret === 'string') return secret;
  const value = environment[secret.env];
  if (value !== undefined && value !== '') return `${secret.before ?? ''}${value}`;
  throw new MillraceError({
    code: 'MILL_SECRET_MISSING',
    message: `The environment variable ${secret.env} is not set.`,
    todo: `Set ${secret.env} where Millrace runs.`,
    owner: 'project',
  });
}

/** Whether a header or parameter of this name takes what must not be known, by the names that services use. */
export const looksSecret = (name: string): boolean =>
  /^(authorization|proxy-authorization|cookie)$|(api[-_]?key|token|secret|password|passwd|signature)/i.test(
    name,
  );

/** A message without secrets, whoever wrote it: what is named here stands as `***`. Texts under 4 letters would blot out words. */
export function withoutSecrets(message: string, secrets: readonly string[]): string {
  let text = message;
  for (const secret of secrets.toSorted((a, b) => b.length - a.length))
    if (secret.length >= 4) text = text.replaceAll(secret, '***');
  return text;
}
