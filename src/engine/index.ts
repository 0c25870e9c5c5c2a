export * from './engine.port.ts';
