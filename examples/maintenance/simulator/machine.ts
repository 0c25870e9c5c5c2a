import { purpose, random } from './random.ts';

// Who the machines are. Nothing here changes from day to day.

export const models = ['model1', 'model2', 'model3', 'model4'] as const;
export type Model = (typeof models)[number];

export interface Machine {
  /** From 1 on. */
  readonly id: number;
  readonly model: Model;
  /** Years in service, 0 to 20. */
  readonly age: number;
  /** How long its components last beside those of others: new machines of the later models last longest. */
  readonly endurance: number;
  /** What each sensor shows above the mean of all machines, in standard deviations of its noise. */
  readonly offsets: readonly number[];
}

const enduranceOf: Readonly<Record<Model, number>> = {
  model1: 0.85,
  model2: 0.9,
  model3: 1.08,
  model4: 1.15,
};

export function machine(seed: number, id: number): Machine {
  const r = random(seed, purpose.machine, id);
  const model = models[r.below(models.length)] as Model;
  const age = r.below(21);
  return {
    id,
    model,
    age,
    endurance: enduranceOf[model] * (1.12 - 0.012 * age) * Math.exp(0.15 * r.normal()),
    offsets: [0, 1, 2, 3].map(() => 0.35 * r.normal()),
  };
}
