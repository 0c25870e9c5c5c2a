import type { FigureName } from '../judge/index.ts';
import type { ModelReport } from './model-report.ts';

/** What could be had without a model, by figure: the same answer to all, or the cheaper of always yes and always no. */
export function withoutModel({
  evaluation,
}: Pick<ModelReport, 'evaluation'>): Partial<Record<FigureName, number>> {
  const known = (figures: Partial<Record<FigureName, number | null>>): Partial<Record<FigureName, number>> =>
    Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== null));
  switch (evaluation.task) {
    case 'binary': {
      const { baseline, positives, rows, rocAuc, costOfAllNo, costOfAllYes, confusion } = evaluation;
      const whole =
        confusion.truePositives +
        confusion.falsePositives +
        confusion.falseNegatives +
        confusion.trueNegatives;
      const cheapest =
        costOfAllNo === null || costOfAllYes === null ? null : Math.min(costOfAllNo, costOfAllYes);
      return known({
        rocAuc: rocAuc === null ? null : 0.5,
        prAuc: rows === 0 ? null : positives / whole,
        logLoss: baseline.logLoss,
        brier: baseline.brier,
        expectedCost: cheapest,
        liftAt10: 1,
        mcc: 0,
      });
    }
    case 'multiclass':
      return known({
        logLoss: evaluation.baseline.logLoss,
        accuracy: evaluation.baseline.accuracy,
        rocAuc: evaluation.figures.rocAuc === null ? null : 0.5,
        mcc: 0,
      });
    case 'regression': {
      const { rmse, mae, pinball = null, poissonDeviance = null } = evaluation.baseline;
      // The mean is no answer to who asks for a quantile.
      return known(evaluation.quantile === null ? { rmse, mae, poissonDeviance } : { pinball });
    }
    case 'ranking':
      return {};
  }
}
