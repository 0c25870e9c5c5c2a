import { join } from 'node:path';
import {
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  metric,
  model,
  project,
  requestFeatures,
  rowCount,
  source,
  sql,
  table,
} from 'millrace';

// At scheduled departure: will the flight arrive more than 15 minutes late? What is known when, and why, is told in README.md.

const folder = join(
  process.env['MILLRACE_DATASETS'] ?? join(import.meta.dirname, '../../../shared/datasets'),
  'nycflights13',
);

// ── as delivered ───────────────────────────────────────────────────────────

/** One row a flight. Clock times are local and have no zone: New York's for departure, the destination's for arrival. */
const flights = source('flights', {
  from: files(join(folder, 'flights.csv.gz'), { nulls: ['', 'NA'] }),
  owner: 'operations@example.com',
  columns: {
    year: col.integer(),
    month: col.integer().between(1, 12),
    day: col.integer().between(1, 31),
    dep_time: col
      .integer()
      .between(1, 2400)
      .nullable()
      .describe('517 is 05:17; 2400 is midnight; null: cancelled'),
    dep_delay: col.integer().nullable().describe('minutes; negative is early'),
    arr_time: col.integer().between(1, 2400).nullable(),
    arr_delay: col.integer().nullable().describe('minutes; null: cancelled or diverted'),
    carrier: col.string(),
    tailnum: col.string().nullable().describe('null on some cancelled flights'),
    flight: col.integer(),
    origin: col.string().oneOf('EWR', 'JFK', 'LGA'),
    dest: col.string(),
    air_time: col.integer().nullable(),
    distance: col.double(),
  },
  key: ['year', 'month', 'day', 'carrier', 'flight', 'origin'],
  expect: [rowCount.atLeast(1)],
});

const airports = source('airports', {
  from: files(join(folder, 'airports.csv.gz'), { nulls: ['', 'NA'] }),
  columns: { faa: col.string(), tzone: col.string().nullable() },
  key: 'faa',
});

/** The report of an hour is out at the end of it. */
const weather = source('weather', {
  from: files(join(folder, 'weather.csv.gz'), { nulls: ['', 'NA'] }),
  columns: {
    origin: col.string(),
    time_hour: col.timestamp(),
    temp: col.double().nullable(),
    humid: col.double().nullable(),
    wind_speed: col.double().nullable(),
    precip: col.double().nullable(),
    pressure: col.double().nullable(),
    visib: col.double().nullable(),
  },
  key: ['origin', 'time_hour'],
  eventTime: 'time_hour',
  availableAfter: '1h',
});

// ── the same with instants ─────────────────────────────────────────────────

/**
 * The flights that left, every instant in UTC. A cancelled flight has no dep_time, hence no scheduled time in these files
 * and no instant at which to ask. Four Caribbean airports are not in `airports`; all four keep Puerto Rico's time.
 * The date of arrival is not told: it is the first moment after departure plus air time when the clock at the destination shows arr_time.
 */
const flown = table('flown', {
  columns: {
    flight_id: col.string(),
    flight_no: col.string(),
    carrier: col.string(),
    tailnum: col.string(),
    origin: col.string(),
    dest: col.string(),
    distance: col.double(),
    minute_of_day: col.integer().between(0, 1439),
    weekday: col.integer().between(1, 7),
    scheduled_at: col.timestamp(),
    departed_at: col.timestamp(),
    arrived_at: col.timestamp().nullable(),
    dep_delay: col.integer(),
    arr_delay: col.integer().nullable(),
  },
  key: 'flight_id',
  eventTime: 'scheduled_at',
  query: sql`
    with clocks as (
      select
        f.*,
        make_timestamp(year, month, day, 0, 0, 0.0) as midnight,
        ((dep_time // 100) * 60 + dep_time % 100 - dep_delay + 2880) % 1440 as minute_of_day,
        (arr_time // 100) * 60 + arr_time % 100 as arrival_minute,
        coalesce(a.tzone, 'America/Puerto_Rico') as zone
      from ${flights} f left join ${airports} a on a.faa = f.dest
      where dep_time is not null
    ),
    scheduled as (
      select *, timezone('UTC', timezone('America/New_York', midnight + to_minutes(minute_of_day))) as scheduled_at
      from clocks
    ),
    departed as (
      select
        *,
        scheduled_at + to_minutes(dep_delay) as departed_at,
        timezone(zone, timezone('UTC', scheduled_at + to_minutes(dep_delay + air_time))) as clock_at_touchdown
      from scheduled
    )
    select
      strftime(midnight, '%Y-%m-%d') || ' ' || carrier || flight || ' ' || origin as flight_id,
      carrier || flight as flight_no,
      carrier, tailnum, origin, dest, distance,
      minute_of_day,
      isodow(midnight) as weekday,
      scheduled_at,
      departed_at,
      -- Elapsed minutes, not a local time turned back into an instant: on the night clocks go back a local time is two instants.
      case when arr_delay is not null then
        departed_at + to_minutes(air_time + (
          arrival_minute - hour(clock_at_touchdown) * 60 - minute(clock_at_touchdown) + 2880
        ) % 1440)
      end as arrived_at,
      dep_delay,
      arr_delay
    from departed
  `,
});

/** The questions: one a flight, with the answer; a diverted flight has none. */
const departures = table('departures', {
  columns: {
    flight_id: col.string(),
    flight_no: col.string(),
    carrier: col.string(),
    tailnum: col.string(),
    origin: col.string(),
    dest: col.string(),
    distance: col.double(),
    minute_of_day: col.integer(),
    weekday: col.integer(),
    scheduled_at: col.timestamp(),
    late: col.boolean().nullable(),
  },
  key: 'flight_id',
  eventTime: 'scheduled_at',
  query: sql`
    select
      flight_id, flight_no, carrier, tailnum, origin, dest, distance, minute_of_day, weekday, scheduled_at,
      arr_delay > 15 as late
    from ${flown}
  `,
});

/**
 * Flights leaving. More than half leave early, so at its scheduled departure a flight may be gone already, and its own row
 * would answer the question. A departure is therefore known at its scheduled time at the earliest: at exactly that
 * instant it is not seen.
 */
const takeoffs = table('takeoffs', {
  columns: {
    flight_id: col.string(),
    carrier: col.string(),
    tailnum: col.string(),
    origin: col.string(),
    dest: col.string(),
    departed_at: col.timestamp(),
    known_at: col.timestamp(),
    dep_delay: col.integer(),
  },
  key: 'flight_id',
  eventTime: 'departed_at',
  availableAt: 'known_at',
  query: sql`
    select
      flight_id, carrier, tailnum, origin, dest, departed_at,
      greatest(departed_at, scheduled_at) as known_at,
      dep_delay
    from ${flown}
  `,
});

/** Flights arriving; how late is known then and not before. */
const arrivals = table('arrivals', {
  columns: {
    flight_id: col.string(),
    flight_no: col.string(),
    carrier: col.string(),
    tailnum: col.string(),
    origin: col.string(),
    dest: col.string(),
    arrived_at: col.timestamp(),
    arr_delay: col.integer(),
    was_late: col.integer().between(0, 1),
  },
  key: 'flight_id',
  eventTime: 'arrived_at',
  query: sql`
    select
      flight_id, flight_no, carrier, tailnum, origin, dest, arrived_at, arr_delay,
      cast(arr_delay > 15 as bigint) as was_late
    from ${flown}
    where arrived_at is not null
  `,
});

// ── features ───────────────────────────────────────────────────────────────

const airport = entity('airport', { key: 'origin' });
const airline = entity('airline', { key: 'carrier' });
const aircraft = entity('aircraft', { key: 'tailnum' });
const destination = entity('destination', { key: 'dest' });
const line = entity('line', { key: 'flight_no' });

const sky = features('sky', {
  entity: airport,
  from: weather,
  compute: ({ last, sum }) => ({
    temp: last('temp').over('6h'),
    humid: last('humid').over('6h'),
    wind: last('wind_speed').over('6h'),
    pressure: last('pressure').over('6h'),
    visibility: last('visib').over('6h'),
    rain_6h: sum('precip').over('6h'),
  }),
});

const airportTakeoffs = features('airport_takeoffs', {
  entity: airport,
  from: takeoffs,
  compute: ({ count, mean }) => ({
    airport_takeoffs_1h: count().over('1h'),
    airport_delay_1h: mean('dep_delay').over('1h'),
    airport_delay_3h: mean('dep_delay').over('3h'),
  }),
});

const airportArrivals = features('airport_arrivals', {
  entity: airport,
  from: arrivals,
  compute: ({ mean }) => ({
    airport_late_3h: mean('was_late').over('3h'),
    airport_late_1d: mean('was_late').over('1d'),
  }),
});

const airlineTakeoffs = features('airline_takeoffs', {
  entity: airline,
  from: takeoffs,
  compute: ({ mean }) => ({
    airline_delay_1h: mean('dep_delay').over('1h'),
    airline_delay_3h: mean('dep_delay').over('3h'),
  }),
});

const airlineArrivals = features('airline_arrivals', {
  entity: airline,
  from: arrivals,
  compute: ({ mean }) => ({
    airline_late_6h: mean('was_late').over('6h'),
    airline_late_7d: mean('was_late').over('7d'),
  }),
});

const aircraftTakeoffs = features('aircraft_takeoffs', {
  entity: aircraft,
  from: takeoffs,
  compute: ({ count, last }) => ({
    aircraft_takeoffs_12h: count().over('12h'),
    aircraft_last_takeoff_delay: last('dep_delay').over('12h'),
  }),
});

const aircraftArrivals = features('aircraft_arrivals', {
  entity: aircraft,
  from: arrivals,
  compute: ({ last, max }) => ({
    aircraft_last_arrival_delay: last('arr_delay').over('6h'),
    aircraft_worst_1d: max('arr_delay').over('1d'),
  }),
});

const destinationArrivals = features('destination_arrivals', {
  entity: destination,
  from: arrivals,
  compute: ({ mean }) => ({
    destination_delay_3h: mean('arr_delay').over('3h'),
    destination_late_6h: mean('was_late').over('6h'),
  }),
});

const lineArrivals = features('line_arrivals', {
  entity: line,
  from: arrivals,
  compute: ({ last, mean }) => ({
    line_last_delay: last('arr_delay').over('2d'),
    line_delay_30d: mean('arr_delay').over('30d'),
    line_late_30d: mean('was_late').over('30d'),
  }),
});

const timetable = requestFeatures('timetable', {
  request: {
    carrier: col.string(),
    origin: col.string(),
    distance: col.double(),
    minute_of_day: col.integer(),
    weekday: col.integer(),
  },
  compute: ({ request }) => ({
    airline_code: request.carrier,
    airport_code: request.origin,
    distance: request.distance,
    minute_of_day: request.minute_of_day,
    weekday: request.weekday,
  }),
});

// ── the model ──────────────────────────────────────────────────────────────

const lateness = model('lateness', {
  // The slowest flight of the year arrived 33 hours after its scheduled departure.
  labels: { from: departures, target: 'late', at: 'scheduled_at', knownAfter: '2d' },
  inputs: [
    timetable,
    sky,
    airportTakeoffs,
    airportArrivals,
    airlineTakeoffs,
    airlineArrivals,
    aircraftTakeoffs,
    aircraftArrivals,
    destinationArrivals,
    lineArrivals,
  ],
  trainer: gbdt({ trees: 300, rate: 0.05, minLeafRows: 100 }),
  // New York's midnights: November and December judge, and nothing else.
  split: { validationFrom: new Date('2013-09-15T04:00:00Z'), testFrom: new Date('2013-11-01T04:00:00Z') },
  gates: [metric.rocAuc.atLeast(0.75)],
});

const board = endpoint('board', { model: lateness });

export default project('flights', {
  flights,
  airports,
  weather,
  flown,
  departures,
  takeoffs,
  arrivals,
  airport,
  airline,
  aircraft,
  destination,
  line,
  sky,
  airportTakeoffs,
  airportArrivals,
  airlineTakeoffs,
  airlineArrivals,
  aircraftTakeoffs,
  aircraftArrivals,
  destinationArrivals,
  lineArrivals,
  timetable,
  lateness,
  board,
});
