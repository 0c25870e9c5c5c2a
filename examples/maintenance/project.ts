import {
  baseline,
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  metric,
  model,
  project,
  rowCount,
  source,
  sql,
  table,
  trainingSet,
} from 'millrace';

// Will this machine fail within 24 hours, and of what? Asked of every machine every six hours.

// ── as logged ──────────────────────────────────────────────────────────────

const machines = source('machines', {
  from: files('data/PdM_machines*.csv*'),
  columns: {
    machineID: col.integer(),
    model: col.string(),
    age: col.integer().between(0, 100).describe('years in service'),
  },
  key: 'machineID',
});

const telemetry = source('telemetry', {
  from: files('data/PdM_telemetry*.csv*'),
  owner: 'plant@example.com',
  columns: {
    datetime: col.timestamp(),
    machineID: col.integer().references(machines, 'machineID'),
    // A cut wire reads as 0 or −999, a short one as full scale.
    volt: col.double().between(20, 500),
    rotate: col.double().between(20, 1000).describe('rotations a minute'),
    pressure: col.double().between(5, 400),
    vibration: col.double().between(1, 200),
  },
  key: ['machineID', 'datetime'],
  eventTime: 'datetime',
  fresh: '2d',
  expect: [rowCount.atLeast(1_000)],
});

const errors = source('errors', {
  from: files('data/PdM_errors*.csv*'),
  owner: 'plant@example.com',
  columns: {
    datetime: col.timestamp(),
    machineID: col.integer().references(machines, 'machineID'),
    errorID: col.string().oneOf('error1', 'error2', 'error3', 'error4', 'error5'),
  },
  key: ['machineID', 'datetime', 'errorID'],
  eventTime: 'datetime',
});

/** Components exchanged, as planned or because they failed. */
const maint = source('maint', {
  from: files('data/PdM_maint*.csv*'),
  owner: 'workshop@example.com',
  columns: {
    datetime: col.timestamp(),
    machineID: col.integer().references(machines, 'machineID'),
    comp: col.string().oneOf('comp1', 'comp2', 'comp3', 'comp4'),
  },
  key: ['machineID', 'datetime', 'comp'],
  eventTime: 'datetime',
});

const failures = source('failures', {
  from: files('data/PdM_failures*.csv*'),
  owner: 'workshop@example.com',
  columns: {
    datetime: col.timestamp(),
    machineID: col.integer().references(machines, 'machineID'),
    failure: col.string().oneOf('comp1', 'comp2', 'comp3', 'comp4'),
  },
  key: ['machineID', 'datetime', 'failure'],
  eventTime: 'datetime',
});

// ── questions, with their answers ──────────────────────────────────────────

/**
 * One question a machine and six hours. A feature at `asked_at` sees what was before it, so the day that is asked about is the other side
 * of the same border: [asked_at, asked_at + 24 h). Where the readings end before that day does, the answer is not known, whatever the clock says.
 */
const labels = table('labels', {
  columns: {
    machineID: col.integer(),
    asked_at: col.timestamp(),
    fails_within_24h: col.boolean().nullable(),
    fails_next: col
      .string()
      .oneOf('none', 'comp1', 'comp2', 'comp3', 'comp4')
      .nullable()
      .describe('the first component to fail in these 24 hours'),
    hours_left: col
      .double()
      .between(0, 168)
      .nullable()
      .describe('until the next failure; 168 for a week and more'),
  },
  key: ['machineID', 'asked_at'],
  eventTime: 'asked_at',
  query: sql`
    with asked as (
      select machineID, datetime as asked_at from ${telemetry} where hour(datetime) % 6 = 0
    ),
    told as (
      select max(datetime) as until from ${telemetry}
    ),
    next as (
      select machineID, asked_at, min(datetime) as fails_at, arg_min(failure, (datetime, failure)) as component
      from asked join ${failures} f using (machineID)
      where datetime >= asked_at and datetime < asked_at + interval 7 days
      group by machineID, asked_at
    )
    select
      machineID,
      asked_at,
      case when asked_at + interval 24 hours <= until
        then coalesce(fails_at < asked_at + interval 24 hours, false) end as fails_within_24h,
      case when asked_at + interval 24 hours <= until
        then case when fails_at < asked_at + interval 24 hours then component else 'none' end end as fails_next,
      case when asked_at + interval 7 days <= until
        then coalesce(date_diff('second', asked_at, fails_at) / 3600, 168) end as hours_left
    from asked cross join told left join next using (machineID, asked_at)
  `,
});

// ── features ───────────────────────────────────────────────────────────────

const machine = entity('machine', { key: 'machineID' });

const readings = features('readings', {
  entity: machine,
  from: telemetry,
  fresh: '2d',
  compute: ({ mean, stddev, min, max, ratio }) => ({
    ...mean('volt').each('volt_mean', ['3h', '24h']),
    ...stddev('volt').each('volt_spread', ['3h', '24h']),
    volt_min_24h: min('volt').over('24h'),
    volt_max_24h: max('volt').over('24h'),
    ...mean('rotate').each('rotate_mean', ['3h', '24h']),
    ...stddev('rotate').each('rotate_spread', ['3h', '24h']),
    rotate_min_24h: min('rotate').over('24h'),
    rotate_max_24h: max('rotate').over('24h'),
    ...mean('pressure').each('pressure_mean', ['3h', '24h']),
    ...stddev('pressure').each('pressure_spread', ['3h', '24h']),
    pressure_min_24h: min('pressure').over('24h'),
    pressure_max_24h: max('pressure').over('24h'),
    ...mean('vibration').each('vibration_mean', ['3h', '24h']),
    ...stddev('vibration').each('vibration_spread', ['3h', '24h']),
    vibration_min_24h: min('vibration').over('24h'),
    vibration_max_24h: max('vibration').over('24h'),
    // Of the last day beside what is usual for this machine.
    volt_unusual: ratio(mean('volt').over('24h'), mean('volt').over('30d')),
    rotate_unusual: ratio(mean('rotate').over('24h'), mean('rotate').over('30d')),
    pressure_unusual: ratio(mean('pressure').over('24h'), mean('pressure').over('30d')),
    vibration_unusual: ratio(mean('vibration').over('24h'), mean('vibration').over('30d')),
  }),
});

const alarms = features('alarms', {
  entity: machine,
  from: errors,
  compute: ({ count, sinceLast, row }) => ({
    ...count().where(row.errorID.is('error1')).each('error1', ['24h', '7d']),
    ...count().where(row.errorID.is('error2')).each('error2', ['24h', '7d']),
    ...count().where(row.errorID.is('error3')).each('error3', ['24h', '7d']),
    ...count().where(row.errorID.is('error4')).each('error4', ['24h', '7d']),
    ...count().where(row.errorID.is('error5')).each('error5', ['24h', '7d']),
    quiet_for: sinceLast().over('lifetime').unit('seconds'),
  }),
});

const wear = features('wear', {
  entity: machine,
  from: maint,
  compute: ({ count, sinceLast, row }) => ({
    comp1_worn: sinceLast().where(row.comp.is('comp1')).over('lifetime').unit('seconds'),
    comp2_worn: sinceLast().where(row.comp.is('comp2')).over('lifetime').unit('seconds'),
    comp3_worn: sinceLast().where(row.comp.is('comp3')).over('lifetime').unit('seconds'),
    comp4_worn: sinceLast().where(row.comp.is('comp4')).over('lifetime').unit('seconds'),
    exchanges: count().over('lifetime'),
  }),
});

const record = features('record', {
  entity: machine,
  from: failures,
  compute: ({ count, sinceLast }) => ({
    failures_90d: count().over('90d'),
    held_for: sinceLast().over('lifetime').unit('seconds'),
  }),
});

/** What a machine is, as events, which features are made from: known since long before the first question. */
const fleet = table('fleet', {
  columns: { machineID: col.integer(), model: col.string(), age: col.integer(), since: col.timestamp() },
  key: 'machineID',
  eventTime: 'since',
  query: sql`select machineID, model, age, ${new Date('2000-01-01')} as since from ${machines}`,
});

const plate = features('plate', {
  entity: machine,
  from: fleet,
  compute: ({ latest }) => ({ machine_model: latest('model'), machine_age: latest('age').unit('years') }),
});

const inputs = [readings, alarms, wear, record, plate] as const;

// ── models ─────────────────────────────────────────────────────────────────

/** An answer tells of the day after its question: the last questions that are learnt from lie a day before the first that judge. */
const split = { train: 0.7, validation: 0.15, gap: '24h' } as const;

const days = trainingSet('days', {
  labels: { from: labels, target: 'fails_within_24h', at: 'asked_at', knownAfter: '24h' },
  inputs,
  split,
  leakage: 'block',
});

/** With everything else the same, the longer a component has worked and the more errors, the likelier a failure. */
const monotone = {
  comp1_worn: 'increasing',
  comp2_worn: 'increasing',
  comp3_worn: 'increasing',
  comp4_worn: 'increasing',
  error1_24h: 'increasing',
  error2_24h: 'increasing',
  error3_24h: 'increasing',
  error4_24h: 'increasing',
  error5_24h: 'increasing',
} as const;

/** In euros, by question: an inspection in vain, and what a stop that nobody expected costs beyond an exchange in time. */
const cost = { falsePositive: 150, falseNegative: 3_600 };

/** What must be beaten: how often machines of this model fail. */
const usual = model('usual', { from: days, trainer: baseline({ by: 'machine_model' }), cost });

const failing = model('failing', {
  from: days,
  trainer: gbdt({ trees: 400, rate: 0.05, leaves: 15, minLeafRows: 30, columnSample: 0.6, monotone }),
  calibrate: 'sigmoid',
  cost,
  gates: [
    metric.rocAuc.atLeast(0.75),
    // A model that knows nothing has the share of failures, 0.02; to do nothing costs 0.02 times a stop, 72.
    metric.prAuc.atLeast(0.1),
    metric.expectedCost.atMost(70),
    metric.liftAt10.atLeast(3),
    metric.calibrationError.atMost(0.02),
    metric.prAuc.beatsChampion({ by: -0.02 }),
  ],
  owner: 'reliability@example.com',
});

const which = model('which', {
  labels: { from: labels, target: 'fails_next', at: 'asked_at', knownAfter: '24h' },
  inputs,
  split,
  trainer: gbdt({ trees: 200, rate: 0.05, leaves: 7, minLeafRows: 30, columnSample: 0.6 }),
  gates: [metric.rocAuc.atLeast(0.75)],
  owner: 'reliability@example.com',
});

/** Nine times of ten it holds longer than this: when somebody should come at the latest. */
const holds = model('holds', {
  labels: { from: labels, target: 'hours_left', at: 'asked_at', knownAfter: '7d' },
  inputs,
  split: { ...split, gap: '7d' },
  trainer: gbdt({ quantile: 0.1, trees: 200, rate: 0.05, leaves: 15, minLeafRows: 50, columnSample: 0.6 }),
  // One answer for all machines loses about 10.
  gates: [metric.pinball.atMost(12)],
  owner: 'reliability@example.com',
});

const watch = endpoint('watch', { model: failing, description: 'Will this machine fail within 24 hours?' });
const diagnose = endpoint('diagnose', {
  model: which,
  description: 'Which component fails within 24 hours?',
});
const visit = endpoint('visit', { model: holds, description: 'Within how many hours should somebody come?' });

export default project('maintenance', {
  machines,
  telemetry,
  errors,
  maint,
  failures,
  labels,
  machine,
  readings,
  alarms,
  wear,
  record,
  fleet,
  plate,
  days,
  usual,
  failing,
  which,
  holds,
  watch,
  diagnose,
  visit,
});
