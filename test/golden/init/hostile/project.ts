import { col, files, project, source } from 'millrace';

// 3 rows in 1 file.
// Left out: '_hidden', since names with a leading _ are kept for Millrace.
const itS = source('it_s', {
  from: files("data/it's [[]1[]].csv"),
  columns: {
    id: col.integer(),
    'a"b': col.string(),
    "'; drop table x; --": col.integer(),
    '*/ alert': col.integer(),
    constructor: col.integer(),
    class: col.integer(),
    'column 7': col.integer(),
  },
  key: 'id',
});

export default project('hostile', { itS });
