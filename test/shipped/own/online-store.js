import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { MillraceError } from 'millrace';

const json = JSON.stringify;
const BATCH = 1000;

/** Feature state in an SQLite file. A filling is a generation of its own that becomes the live one in its last moment. */
export async function openStore(path) {
  const db = new DatabaseSync(path, { timeout: 30_000 });
  db.exec(`
    pragma journal_mode = wal; pragma synchronous = full;
    create table if not exists fills (gen integer primary key autoincrement, space text, live integer, coverage text);
    create table if not exists states (gen integer, entity text, state text, expires integer, primary key (gen, entity)) without rowid;
    create index if not exists due on states (gen, expires);`);
  const all = (sql, ...given) => db.prepare(sql).all(...given);
  const run = (sql, ...given) => Number(db.prepare(sql).run(...given).changes);
  const whole = (begin, work) => {
    db.exec(begin);
    try {
      const result = work();
      db.exec('commit');
      return result;
    } catch (error) {
      db.exec('rollback');
      throw error;
    }
  };
  const write = (work) => whole('begin immediate', work);
  const live = (space) => all('select gen, coverage from fills where space = ? and live = 1', json(space))[0];
  const forget = (space, which) => {
    for (const { gen } of all(`select gen from fills where space = ? and live in ${which}`, json(space))) {
      run('delete from states where gen = ?', gen);
      run('delete from fills where gen = ?', gen);
    }
  };
  const putting = db.prepare('insert or replace into states values (?, ?, ?, ?)');
  const put = (gen, { entity, state, expires }) =>
    putting.run(gen, json(entity), json(state), expires ?? null);

  return {
    async fill(space, coverage, entries) {
      const gen = write(() => {
        forget(space, '(0)');
        return Number(
          db.prepare('insert into fills (space, live) values (?, 0)').run(json(space)).lastInsertRowid,
        );
      });
      const still = () => {
        if (all('select 1 from fills where gen = ?', gen).length > 0) return;
        throw new MillraceError({
          code: 'MILL_ONLINE_WRITE_FAILED',
          message: `${json(space)} was filled or dropped by another process meanwhile.`,
          todo: 'Nothing is lost; fill it again.',
          owner: 'service',
          retry: true,
        });
      };
      let batch = [];
      const flush = () => {
        write(() => {
          still();
          for (const entry of batch) put(gen, entry);
        });
        batch = [];
      };
      for await (const entry of entries) {
        batch.push(entry);
        if (batch.length === BATCH) flush();
      }
      flush();
      return write(() => {
        still();
        forget(space, '(1)');
        run('update fills set live = 1, coverage = ? where gen = ?', json(coverage), gen);
        return all('select count(*) as n from states where gen = ?', gen)[0].n;
      });
    },
    async move(space, expected, next, changes) {
      return write(() => {
        const found = live(space);
        if (!found || !isDeepStrictEqual(JSON.parse(found.coverage), JSON.parse(json(expected))))
          return false;
        run('update fills set coverage = ? where gen = ?', json(next), found.gen);
        const removing = db.prepare('delete from states where gen = ? and entity = ?');
        for (const change of changes)
          if ('state' in change) put(found.gen, change);
          else removing.run(found.gen, json(change.entity));
        return true;
      });
    },
    async get(asks) {
      const one = db.prepare('select state from states where gen = ? and entity = ?');
      return whole('begin', () =>
        asks.map(({ space, entities }) => {
          const found = live(space);
          return {
            coverage: found && JSON.parse(found.coverage),
            states: entities.map((entity) => {
              const row = found && one.get(found.gen, json(entity));
              return row && JSON.parse(row.state);
            }),
          };
        }),
      );
    },
    async coverage(space) {
      const found = live(space);
      return found && JSON.parse(found.coverage);
    },
    async evict(space, now, most) {
      return write(() => {
        const found = live(space);
        if (!found) return 0;
        const due = all(
          'select entity from states where gen = ? and expires <= ? order by expires limit ?',
          found.gen,
          now,
          most,
        );
        for (const { entity } of due)
          run('delete from states where gen = ? and entity = ?', found.gen, entity);
        return due.length;
      });
    },
    async drop(space) {
      write(() => forget(space, '(0, 1)'));
    },
    spaces: async () => all('select distinct space from fills').map(({ space }) => JSON.parse(space)),
    async close() {
      db.close();
    },
  };
}
