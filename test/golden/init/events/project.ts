import { col, files, project, source } from 'millrace';

// 30 rows in 1 file.
const events = source('events', {
  from: files('data/events.jsonl'),
  columns: {
    event: col.string(),
    user_id: col.string(),
    at: col.timestamp(), // rises with the file
    count: col.integer().between(0, 3).nullable(), // 6 of 30 (20 %) missing
    ok: col.boolean(),
    tags: col.string(), // JSON inside
    note: col.string().nullable(), // 8 of 30 (27 %) missing
  },
  key: 'event',
  eventTime: 'at',
});

export default project('events', { events });
