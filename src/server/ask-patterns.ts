import { type Ask, type InputPlan, openPatternJudge, type PatternRule } from '../assets/index.ts';
import type { Engine } from '../engine/index.ts';
import { BadQuestion, pointer, shown } from './refusal.ts';

/** Holds questions to the patterns of their fields, by the judge of posted rows: RE2, so in time linear in the text. */
export interface AskPatterns {
  /** @throws BadQuestion naming the first field that does not match */
  hold(ask: Ask): Promise<void>;
  close(): void;
}

export function askPatterns(
  engine: Engine,
  { requestColumns }: Pick<InputPlan, 'requestColumns'>,
): AskPatterns {
  const patterns = requestColumns.flatMap(({ name, rules }) =>
    rules.flatMap((rule): PatternRule[] =>
      rule.rule === 'matches' ? [{ column: name, pattern: rule.pattern }] : [],
    ),
  );
  const judge = openPatternJudge(engine, patterns);
  return {
    async hold(ask) {
      if (patterns.length === 0) return;
      const [matches = []] = await judge.matches([ask as Readonly<Record<string, unknown>>]);
      patterns.forEach(({ column, pattern }, k) => {
        const text = Object.hasOwn(ask, column) ? ask[column] : null;
        if (typeof text === 'string' && matches[k] !== true)
          throw new BadQuestion(
            `'${column}' is ${shown(text)}, wanted a text that matches ${pattern}.`,
            pointer(column),
          );
      });
    },
    close: () => judge.close(),
  };
}
