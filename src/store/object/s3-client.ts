import { MillraceError } from '../../base/index.ts';

// The slice of the package `@aws-sdk/client-s3` that is needed here. It is an optional peer: imported on use, by whoever has objects.

type Command = new (input: Readonly<Record<string, unknown>>) => object;

export interface Client {
  send(command: object, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

export interface S3Package {
  readonly S3Client: new (options: Readonly<Record<string, unknown>>) => Client;
  readonly ListObjectsV2Command: Command;
  readonly HeadObjectCommand: Command;
  readonly GetObjectCommand: Command;
  readonly PutObjectCommand: Command;
}

export interface OpenS3 extends S3Package {
  readonly client: Client;
  /** For messages: `http://127.0.0.1:9000` or `region eu-central-1`. */
  readonly where: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable, so that neither the compiler nor a bundler wants the package where it is not. */
const PACKAGE: string = '@aws-sdk/client-s3';

/** @throws MILL_CONNECTOR_PACKAGE_MISSING */
export async function s3Package(
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<S3Package> {
  try {
    return (await load(PACKAGE)) as S3Package;
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    throw new MillraceError({
      code: 'MILL_CONNECTOR_PACKAGE_MISSING',
      message: `Objects in S3 need the npm package ${PACKAGE}, which is not installed.`,
      todo: `Run \`npm install ${PACKAGE}\` in the project.`,
      owner: 'project',
    });
  }
}

/** Other ways by which the package finds credentials, each asked for by name. Without a name it would ask the network for them. */
const OTHER_CREDENTIALS = [
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];
const CONNECT_MS = 10_000;
/** How long a connection may say nothing. */
const SILENT_MS = 60_000;

/** What the environment says about S3. @throws MILL_SECRET_MISSING, MILL_CONNECTOR_INVALID */
export function s3Settings(env: Environment): {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
} {
  const said = (name: string): string | undefined => env[name] || undefined;
  const endpoint = said('AWS_ENDPOINT_URL_S3') ?? said('AWS_ENDPOINT_URL');
  const url = endpoint === undefined ? undefined : URL.parse(endpoint);
  if (url === null || (url !== undefined && (!/^https?:$/.test(url.protocol) || url.username !== '')))
    throw new MillraceError({
      code: 'MILL_CONNECTOR_INVALID',
      message: 'AWS_ENDPOINT_URL_S3, as the environment has it, is no http:// or https:// address.',
      todo: 'Set it as https://host:9000, without user and password.',
      owner: 'project',
    });
  const place = {
    region: said('AWS_REGION') ?? said('AWS_DEFAULT_REGION') ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
  };
  const missing = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].find((name) => said(name) === undefined);
  if (missing === undefined) {
    const sessionToken = said('AWS_SESSION_TOKEN');
    const accessKeyId = said('AWS_ACCESS_KEY_ID') as string;
    const secretAccessKey = said('AWS_SECRET_ACCESS_KEY') as string;
    const token = sessionToken === undefined ? {} : { sessionToken };
    return { ...place, credentials: { accessKeyId, secretAccessKey, ...token } };
  }
  if (OTHER_CREDENTIALS.some((name) => said(name) !== undefined)) return place;
  throw new MillraceError({
    code: 'MILL_SECRET_MISSING',
    message: `The environment variable ${missing} is not set.`,
    todo: `Set ${missing} where Millrace runs.`,
    owner: 'project',
  });
}

/** A client as the environment says. It makes no connection yet. */
export async function openClient(env: Environment): Promise<OpenS3> {
  const settings = s3Settings(env);
  const found = await s3Package();
  const client = new found.S3Client({
    ...settings,
    // Hosts of compatible stores have no name for every bucket; Amazon's have, and tell where a bucket really is.
    ...(settings.endpoint === undefined ? { followRegionRedirects: true } : { forcePathStyle: true }),
    // Checksums of the newest kind are unknown to many a compatible store. What is read has its own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
  });
  return { ...found, client, where: settings.endpoint ?? `region ${settings.region}` };
}
