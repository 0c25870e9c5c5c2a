export { type LiveHeads, openHeads } from './heads.ts';
