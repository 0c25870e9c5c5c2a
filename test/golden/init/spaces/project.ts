import { col, files, project, source } from 'millrace';

// 40 rows in 1 file.
// The first line is a row, so the columns go by their place.
const engines = source('engines', {
  from: files('data/engines.txt', { format: 'csv', delimiter: ' ', header: false }),
  columns: {
    column_1: col.integer().between(1, 4),
    column_2: col.integer().between(1, 10),
    column_3: col.double().between(300, 700),
    column_4: col.integer().between(15, 27),
    column_5: col.string().nullable(), // no row has a value
  },
});

export default project('spaces', { engines });
