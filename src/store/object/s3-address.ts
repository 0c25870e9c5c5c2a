/** Where in S3 something lies. */
export interface S3Address {
  readonly bucket: string;
  /** A key, a prefix of keys, or a pattern of them. */
  readonly key: string;
}

/** `s3://bucket/key`, read; undefined for anything else. Buckets have 3 to 63 of these characters, by Amazon's rules. */
export function s3Address(text: string): S3Address | undefined {
  const [, bucket, key = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\s\S]*))?$/i.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, key };
}
