export * from './app.ts';
export * from './endpoints.ts';
