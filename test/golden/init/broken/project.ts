import { col, files, project, source } from 'millrace';

// 0 rows in 1 file.
// There is no row yet to tell the types from.
const headerOnly = source('header_only', {
  from: files('data/header_only.csv'),
  columns: {
    id: col.string(),
    name: col.string(),
  },
});

// 12 rows in 1 file; 3 would be set aside.
// Set aside by 'n: not an integer': 1 row.
// Set aside by 'csv': 2 rows.
const ragged = source('ragged', {
  from: files('data/ragged.csv'),
  columns: {
    id: col.integer(),
    name: col.string(),
    n: col.integer(), // 1 of 10 (10 %) would be set aside: not an integer, such as 'six'
  },
  key: 'id',
});

export default project('broken', { headerOnly, ragged });
