export { declarationText } from './declaration.ts';
export { type DescribedDataset, fromOdcs, toOdcs } from './document.ts';
export { odcsText, parseOdcs } from './text.ts';
