import { col, files, project, source } from 'millrace';

// 40 rows in 1 file.
// The first line is a row, so the columns go by their place.
const scores = source('scores', {
  from: files('data/scores.csv', { header: false }),
  columns: {
    column_1: col.integer(),
    column_2: col.string().oneOf('blue', 'red'),
    column_3: col.double().between(0, 10),
  },
  key: 'column_1',
});

export default project('headless', { scores });
