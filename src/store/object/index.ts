export * from './object.port.ts';
export { openS3 } from './s3.ts';
export { s3Address } from './s3-address.ts';
export { openWeb } from './web.ts';
