import { col, files, project, source } from 'millrace';

// 40 rows in 1 file.
const orders = source('orders', {
  from: files('data/Orders 2025.csv'),
  columns: {
    'Order No': col.string(),
    Ordered: col.string(), // dates as text: %d/%m/%Y
    Price: col.string(), // money as text: the sign of the currency is in every cell
    Total: col.string(), // numbers with a decimal comma, so kept as text
    Discount: col.string(), // percentages as text
    Serial: col.string(), // digits beyond ±(2^53 − 1), so kept as text
    Paid: col.boolean(),
    'Zip Code': col.string(),
    'When Shipped': col.timestamp(),
  },
  key: 'Order No',
  eventTime: 'When Shipped',
});

export default project('texts', { orders });
