export * from './answer.ts';
export * from './declare.ts';
export * from './detail.ts';
export * from './environment.ts';
export * from './explain.ts';
export * from './inputs.ts';
export * from './join-search.ts';
export {
  apartInWords,
  FEWEST_APART,
  FIGURES,
  type FigureName,
  leadingOf,
  saysNothing,
} from './judge/index.ts';
export * from './kind.ts';
export * from './open-model.ts';
export * from './registry/compare.ts';
export * from './registry/reproduce.ts';
export { type Card, cardOf } from './report/card/card.ts';
export type { CardVersion } from './report/card/how-made.ts';
export { cardMarkdown } from './report/markdown.ts';
export type { ModelReport } from './report/model-report.ts';
export { renderReport } from './report/page/page.ts';
export { modelReportOf } from './report/read-report.ts';
export * from './scorer.port.ts';
export { space } from './search/index.ts';
export { SHOWN_FOLDER, shownAt } from './shown-files.ts';
export * from './spec.ts';
export { type StressCheck, stress } from './stress/declare.ts';
export * from './training-set/index.ts';
