import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../base/index.ts';
import { graphOf } from '../project.ts';
import { declared } from '../told.fixture.ts';
import { addressOf, settingsOf } from './settings.ts';

test('a file is named from the project, a server by its address', () => {
  assert.deepEqual(addressOf('file:out/events.ndjson', undefined, '/p'), {
    ...{ to: 'file', path: '/p/out/events.ndjson' },
  });
  assert.deepEqual(addressOf('file:///var/events.ndjson', 'k', '/p'), {
    ...{ to: 'file', path: '/var/events.ndjson' },
  });
  assert.deepEqual(addressOf('https://host:5000/api/v1/lineage?x=1', 'k', '/p'), {
    ...{ to: 'http', url: new URL('https://host:5000/api/v1/lineage?x=1'), key: 'k' },
  });
});

test('what is no address is refused, and not repeated', () => {
  for (const text of ['events.ndjson', 'ftp://host/x', 'https://me:s3cret@host/x', 'file:', 'http://'])
    assert.throws(
      () => addressOf(text, 'k3y', '/p'),
      (error) =>
        error instanceof MillraceError &&
        error.code === 'MILL_OPENLINEAGE_INVALID' &&
        !/s3cret|k3y/.test(error.message),
    );
});

test('the environment goes over the project, which goes over nothing', () => {
  const declared = { to: 'file:a', namespace: 'shop' };
  const of = (env: Record<string, string>, said: typeof declared | undefined = declared) => {
    const { address, namespace } = settingsOf(said, env, '/p');
    return [address?.to === 'file' ? address.path : address?.to, namespace];
  };
  assert.deepEqual(of({}), ['/p/a', 'shop']);
  assert.deepEqual(of({ MILLRACE_OPENLINEAGE: 'file:b', MILLRACE_OPENLINEAGE_NAMESPACE: 'prod' }), [
    ...['/p/b', 'prod'],
  ]);
  assert.deepEqual(of({ MILLRACE_OPENLINEAGE: '' }), ['/p/a', 'shop']);
  const { address, namespace } = settingsOf(undefined, {}, '/p');
  assert.deepEqual([address, namespace], [undefined, 'millrace']);
});

test('the run that started ours is taken as others hand it down', () => {
  const id = '3f5e83fa-3480-44ff-99c5-ff943904e5e8';
  const parentOf = (text: string) => settingsOf(undefined, { OPENLINEAGE_PARENT_ID: text }, '/p').parent;
  assert.deepEqual(parentOf(`airflow/dag.task/${id}`), {
    ...{ namespace: 'airflow', name: 'dag.task', runId: id },
  });
  for (const text of ['', 'airflow', `airflow/${id}`, 'airflow/dag/1'])
    assert.equal(parentOf(text), undefined);
});

test('a project that names no address is told with its other faults', () => {
  const project = { ...declared({ a: '' }), running: { openLineage: { to: 'nowhere' }, attempts: 99 } };
  assert.throws(
    () => graphOf(project),
    (error) =>
      error instanceof MillraceError &&
      error.problems.map(({ code }) => code).join() === 'MILL_RUNNING_INVALID,MILL_OPENLINEAGE_INVALID',
  );
});
