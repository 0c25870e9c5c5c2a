import type { InputColumn, Task } from '../trainer.port.ts';
import type { Factors } from './factors.ts';
import type { FactorizationParameters } from './options.ts';
import type { Sigmoid } from './probability.ts';
import type { Side } from './side.ts';

/** The score of a row is the product of what tells its user and its item, and their biases; log-odds are made of it by the sigmoid. */
export interface FactorizationModel {
  readonly task: Task;
  readonly columns: readonly Pick<InputColumn, 'name' | 'type'>[];
  readonly named: Pick<FactorizationParameters, 'user' | 'item'>;
  readonly user: Side;
  readonly item: Side;
  readonly users: Factors;
  readonly items: Factors;
  readonly sigmoid: Sigmoid;
}
