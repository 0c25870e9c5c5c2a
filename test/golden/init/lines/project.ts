import { col, files, project, source } from 'millrace';

// 45 rows in 1 file.
const orderLines = source('order_lines', {
  from: files('data/order_lines.csv'),
  columns: {
    order_id: col.integer(),
    line_no: col.integer(),
    product: col.string().oneOf('bolt', 'gear', 'nut', 'wheel'),
    quantity: col.integer().between(1, 9),
    updated_at: col.timestamp(),
    created_at: col.timestamp(), // rises with the file
  },
  key: ['order_id', 'line_no'],
  eventTime: 'created_at',
});

export default project('lines', { orderLines });
