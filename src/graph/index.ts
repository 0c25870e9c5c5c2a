export * from './asset.ts';
export * from './place.ts';
export * from './project.ts';
