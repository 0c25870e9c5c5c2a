import { createGbdt } from './gbdt/boost.ts';
import { createLogistic } from './linear/logistic.ts';
import { trainerConforms } from './trainer.conformance.ts';

trainerConforms('gbdt', createGbdt({ trees: 25, minLeafRows: 1, leaves: 8 }));
trainerConforms(
  'gbdt by median',
  createGbdt({ trees: 40, minLeafRows: 1, leaves: 8, objective: 'absolute' }),
);
trainerConforms(
  'gbdt with samples and balanced classes',
  createGbdt({
    trees: 40,
    minLeafRows: 1,
    leaves: 8,
    rowSample: 0.7,
    columnSample: 0.7,
    classWeights: 'balanced',
  }),
  {
    weights: 'another number of rows is another sample',
    'order of columns': 'other columns fall into the sample',
  },
);
trainerConforms('logistic', createLogistic());
