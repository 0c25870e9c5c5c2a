export * from './state.port.ts';
export * from './state.ts';
