import type { CheckResult } from '../../store/state/index.ts';
import type { GateSpec, MetricName } from './spec.ts';

/** Figures by name; null where one is undefined. */
export type Figures = Readonly<Partial<Record<MetricName, number | null>>>;

const lowerIsBetter: ReadonlySet<MetricName> = new Set([
  'logLoss',
  'brier',
  'calibrationError',
  'expectedCost',
  'rmse',
  'mae',
]);

/**
 * Judges a candidate's figures. `champion` holds the live version's figures on the very same rows, or is undefined when nothing
 * is live. A figure that is undefined passes no gate.
 */
export function judgeGates(
  gates: readonly GateSpec[],
  figures: Figures,
  champion: Figures | undefined,
): CheckResult[] {
  return gates.map((gate) => {
    const observed = figures[gate.metric] ?? null;
    const bound = gate.must === 'beatChampion' ? champion?.[gate.metric] : gate.than;
    const free = gate.must === 'beatChampion' && (bound === undefined || bound === null);
    const atMost = gate.must === 'atMost' || (gate.must === 'beatChampion' && lowerIsBetter.has(gate.metric));
    const passed =
      observed !== null && (free || (atMost ? observed <= (bound as number) : observed >= (bound as number)));
    const sign = atMost ? '≤' : '≥';
    return {
      name: `${gate.metric} ${gate.must === 'beatChampion' ? 'beats champion' : `${sign} ${gate.than}`}`,
      passed,
      severity: 'block',
      observed: observed === null ? 'undefined' : format(observed),
      wanted: free ? 'no champion yet' : `${sign} ${format(bound as number)}`,
    };
  });
}

const format = (figure: number): string => String(Number(figure.toPrecision(6)));
