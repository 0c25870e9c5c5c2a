import { col, files, project, source } from 'millrace';

// 40 rows in 1 file.
const orders = source('orders', {
  from: files('data/orders.jsonl'),
  columns: {
    id: col.string(),
    customer_email_2: col.string().at('customer.email').pii(), // likely e-mail addresses
    customer_address_city: col.string().at('customer.address.city').oneOf('Bonn', 'Köln', 'Ulm'),
    customer_address_zip: col.string().at('customer.address.zip'),
    'customer_since.year': col.integer().at('/customer/since.year').between(1900, 2100),
    customer_email: col.string().pii(), // likely e-mail addresses
    items: col.string(), // JSON inside
    prices: col.string(), // JSON inside
    shipping_at: col.timestamp().at('shipping.at').nullable(), // 10 of 40 (25 %) missing
    shipping_cost: col.double().at('shipping.cost').between(0, 40).nullable(), // 10 of 40 (25 %) missing
    note: col.string(),
  },
  key: 'id',
});

export default project('nested', { orders });
