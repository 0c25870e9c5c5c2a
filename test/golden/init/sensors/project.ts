import { col, files, project, source } from 'millrace';

// 108 rows in 3 files; 1 would be set aside.
// Missing cells are written 'NA' too.
// Set aside by 'temperature: not a double': 1 row.
const readings = source('readings', {
  from: files('data/readings-*.csv', { nulls: ['', 'NA'] }),
  columns: {
    sensor: col.string().oneOf('s0', 's1', 's2'),
    measured_at: col.timestamp(), // rises with the file
    // 12 of 108 (11 %) missing; 1 of 108 (0.9 %) would be set aside: not a double, such as 'oops'.
    temperature: col.double().between(15, 29).nullable(),
    humidity: col.integer().between(0, 80),
    status: col.string().oneOf('ok', 'warn'),
  },
  key: ['sensor', 'measured_at'],
  eventTime: 'measured_at',
});

// 3 rows in 1 file.
const sensors = source('sensors', {
  from: files('data/sensors.csv'),
  columns: {
    sensor: col.string(),
    place: col.string(),
  },
  key: 'sensor',
});

export default project('sensors', { readings, sensors });
