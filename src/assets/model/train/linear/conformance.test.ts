import { trainerConforms } from '../trainer.conformance.ts';
import { createLinear } from './linear.ts';
import { createLogistic } from './logistic.ts';

trainerConforms('logistic, sparse and bent', createLogistic({ l1: 0.5, l2: 0.1, splines: true }));
trainerConforms('linear', createLinear({ bins: 6 }));
trainerConforms('linear, sparse and bent', createLinear({ l1: 1, l2: 0.1, splines: 4 }));
