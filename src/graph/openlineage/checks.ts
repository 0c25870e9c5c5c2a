import type { JsonObject } from '../../base/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import type { Portrait } from '../portrait.ts';
import { type Facets, facet } from './event.ts';

/** What is told of a check. What it observed is only told where it is a figure, and never of personal data. */
function told(check: CheckResult, portrait: Portrait): JsonObject {
  const note = portrait.check?.(check.name);
  return {
    name: check.name,
    type: note?.type ?? 'check',
    severity: check.severity === 'block' ? 'error' : 'warn',
    ...(note?.column === undefined ? {} : { column: note.column }),
    ...(note?.open ? { expected: check.wanted, actual: check.observed } : {}),
  };
}

/** Checks as a facet of the dataset that was judged. */
export function assertionsFacet(checks: readonly CheckResult[], portrait: Portrait): Facets {
  if (checks.length === 0) return {};
  const assertions = checks.map((check) => {
    const { type, ...rest } = told(check, portrait);
    return { assertion: type as string, success: check.passed, ...rest };
  });
  return { dataQualityAssertions: facet('DataQualityAssertionsDatasetFacet', { assertions }) };
}

/** Checks as a facet of the run that judged. */
export function testFacet(checks: readonly CheckResult[], portrait: Portrait): Facets {
  if (checks.length === 0) return {};
  const tests = checks.map((check) => {
    const { column, ...rest } = told(check, portrait);
    const params = column === undefined ? {} : { params: { column } };
    return { ...rest, status: check.passed ? 'pass' : 'fail', ...params };
  });
  return { test: facet('TestRunFacet', { tests }) };
}
