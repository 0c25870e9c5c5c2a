import type { CheckResult, State } from '../../store/state/index.ts';
import type { FigureGate, GateSpec, SamenessGate } from './spec.ts';

/** Audited predictions that are looked at: the newest. */
const NEWEST = 1_000;

/** Whether a gate is about how features are served. The others are about the candidate itself. */
const isSameness = (gate: GateSpec): gate is SamenessGate => 'metric' in gate && gate.metric === 'sameness';

/** Whether a gate is on a figure of the candidate. */
export const isOfModel = (gate: GateSpec): gate is FigureGate => !isSameness(gate) && !('stress' in gate);

/**
 * Judges how a model's features are served: the share that was served exactly as they are replayed, over the newest predictions of the
 * model that were audited. Passes where none was, and says so: a first model has nothing to be audited.
 */
export function judgeSameness(
  gates: readonly GateSpec[],
  { audits }: Pick<State, 'audits'>,
  model: string,
): CheckResult[] {
  const own = gates.filter(isSameness);
  if (own.length === 0) return [];
  const audited = audits.newest({ model }, NEWEST);
  const compared = audited.flatMap(({ features }) => features.filter(({ equal }) => equal !== null));
  const equal = compared.filter((one) => one.equal).length;
  return own.map(({ than }) => ({
    name: `sameness ≥ ${than}`,
    passed: compared.length === 0 || equal / compared.length >= than,
    severity: 'block',
    observed:
      compared.length === 0
        ? 'nothing audited yet'
        : `${rate(equal, compared.length)} (${equal} of ${compared.length} features of ${audited.length} predictions)`,
    wanted: `≥ ${than}`,
  }));
}

/** A share that is less than whole is never shown as whole. */
const rate = (equal: number, all: number): string =>
  equal === all ? '1' : String(Math.min(0.999999, Number((equal / all).toPrecision(6))));
