export * from './lake.port.ts';
