export * from './online.port.ts';
