import { col, files, project, source } from 'millrace';

// 60 rows in 1 file.
const payments = source('payments', {
  from: files('data/payments.csv'),
  columns: {
    payment_id: col.string(),
    account: col.string(), // digits with leading zeros: a code
    card_number: col.string().pii(), // likely card numbers
    holder_name: col.string().pii(), // likely names
    email: col.string().pii(), // likely e-mail addresses
    phone: col.string().pii(), // likely phone numbers
    amount: col.double().between(0, 150),
    country: col.string().oneOf('DE', 'FR', 'US'),
    is_foreign: col.boolean(),
    paid_at: col.timestamp(), // rises with the file
    ip: col.string().pii(), // likely IP addresses
  },
  key: 'payment_id',
  eventTime: 'paid_at',
});

export default project('payments', { payments });
