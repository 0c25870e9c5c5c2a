export type { ProposedColumn, ProposedSource } from './proposal.ts';
export { type ProposeOptions, proposeSources } from './propose.ts';
export { projectText, sourceText } from './write.ts';
