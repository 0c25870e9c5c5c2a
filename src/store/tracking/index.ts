export { openTracking } from './open.ts';
export { quoted } from './search/filter.ts';
export { nameAsked, searchModels, searchVersions } from './search/registry.ts';
export * from './tracking.port.ts';
