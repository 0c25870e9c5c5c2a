import { MillraceError } from '../../base/index.ts';

/** What the package throws. Its words and causes hold requests with their signatures, so only these few are ever looked at. */
interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as Failure;
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

/** By the server's name of the error: what is so, and what to do. */
const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  NoSuchBucket: [
    'there is no such bucket',
    'Correct the name, or set AWS_ENDPOINT_URL_S3 and AWS_REGION to where it is.',
  ],
  InvalidBucketName: ['it takes that for no name of a bucket', 'Correct the name.'],
  AccessDenied: [
    'access is denied',
    'Let the user of AWS_ACCESS_KEY_ID list the bucket and read what is in it.',
  ],
  Forbidden: [
    'access is denied',
    'Let the user of AWS_ACCESS_KEY_ID list the bucket and read what is in it.',
  ],
  InvalidAccessKeyId: [
    'it does not know the key in AWS_ACCESS_KEY_ID',
    'Set AWS_ACCESS_KEY_ID to a key of this store.',
  ],
  SignatureDoesNotMatch: [
    'AWS_SECRET_ACCESS_KEY is not the secret of the key in AWS_ACCESS_KEY_ID',
    'Set both to one pair.',
  ],
  ExpiredToken: ['AWS_SESSION_TOKEN has expired', 'Fetch a new one.'],
  InvalidToken: ['AWS_SESSION_TOKEN is not a token of this store', 'Fetch a new one, or unset it.'],
  RequestTimeTooSkewed: ['the clocks are too far apart', 'Set the clock of this machine.'],
  AuthorizationHeaderMalformed: ['the region is another one', 'Set AWS_REGION to that of the bucket.'],
  PermanentRedirect: ['the region is another one', 'Set AWS_REGION to that of the bucket.'],
  IncorrectEndpoint: ['the region is another one', 'Set AWS_REGION to that of the bucket.'],
};

/** Refusals of which the same request may be free a little later. */
const PASSING =
  /^(SlowDown|RequestTimeout|Throttling\w*|TooManyRequests\w*|InternalError|ServiceUnavailable)$/;

/** What a request for `address` ended with, in words of our own. `doing` completes: "… fails". */
export function s3Problem(error: unknown, address: string, where: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const { name = 'Error', code } = error as Failure;
  const status = statusOf(error);
  const refused = REFUSALS[name];
  // Names of errors are letters and digits; what is not may be anything, a page of a proxy for one.
  const called = /^[A-Za-z0-9.]{1,60}$/.test(name) ? name : 'an unknown error';
  if (refused !== undefined)
    return new MillraceError({
      code: 'MILL_CONNECTOR_REFUSED',
      message: `${address} at ${where}: ${refused[0]} (${name}).`,
      todo: refused[1],
      owner: 'project',
    });
  if (
    status === 200 || status === undefined
      ? isNoAnswerOfS3(error)
      : status < 500 && status !== 429 && !PASSING.test(name)
  )
    return new MillraceError({
      code: 'MILL_CONNECTOR_REFUSED',
      message:
        status === undefined || status === 200
          ? `${address} at ${where}: what answers there is no S3.`
          : `${address} at ${where}: it refuses with ${called} (${status}).`,
      todo: 'See that AWS_ENDPOINT_URL_S3, AWS_REGION and the rights of AWS_ACCESS_KEY_ID are right.',
      owner: 'project',
    });
  return new MillraceError({
    code: 'MILL_CONNECTOR_UNREACHABLE',
    message: `${address} at ${where} does not answer: ${code ?? called}${status === undefined ? '' : ` (${status})`}.`,
    todo: 'See that the store is there and AWS_ENDPOINT_URL_S3 is right; then run again. Nothing has changed.',
    owner: 'service',
    retry: true,
  });
}

/** An answer that is no XML, or none of ours. */
function isNoAnswerOfS3(error: unknown): boolean {
  return error instanceof SyntaxError || /deserializ/i.test(String((error as Error)?.message));
}
