import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Facts, fill, filled, unknownPlaceholders } from './form.ts';

const facts: Facts = {
  project: 'shop',
  asset: 'orders',
  owner: 'data-team',
  what: 'breach',
  state: 'open',
  message: 'id: null: 3 rows, wanted no row.',
  todo: 'Look.',
  run: '01r',
  version: 'orders@2',
  at: '2026-01-08T00:00:00Z',
  id: 'shop/orders/breach/1/open',
  link: 'https://millrace.example.com/#orders',
};

test('the ready-made forms', () => {
  assert.deepEqual(filled('json', facts), facts);
  assert.deepEqual(filled('slack', facts), {
    text: '*orders* (data-team): breach\nid: null: 3 rows, wanted no row.\nLook.\nhttps://millrace.example.com/#orders',
  });
  assert.deepEqual(filled('slack', { ...facts, state: 'over', link: '', owner: '', asset: '' }), {
    text: '*shop*: breach is over',
  });
});

test('a form of one’s own: texts are filled in, the rest stays', () => {
  const form = {
    title: '{{asset}} of {{ project }}: {{what}}',
    list: ['{{owner}}', 1, null, true, { '{{asset}}': '{{todo}}' }],
  };
  assert.deepEqual(filled(form, facts), {
    title: 'orders of shop: breach',
    list: ['data-team', 1, null, true, { '{{asset}}': 'Look.' }],
  });
  assert.deepEqual(unknownPlaceholders(form), []);
  assert.deepEqual(unknownPlaceholders({ a: ['{{asset}} {{asst}}', '{{constructor}}'] }), [
    'asst',
    'constructor',
  ]);
});

test('no message can add to a document, end it, write a mention, or have a placeholder of its own filled in', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('{{todo}}', '"}{"', '<!channel>', '$&', '\u2028')),
      (message) => {
        const said = { ...facts, message };
        const sent = JSON.parse(JSON.stringify(filled({ text: '{{message}}!', also: 1 }, said)));
        assert.deepEqual(sent, { text: `${message}!`, also: 1 });
        const { text } = filled('slack', said) as { text: string };
        assert.doesNotMatch(text, /[<>]/);
        const back = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
        assert.equal(back, `*orders* (data-team): breach\n${message}\nLook.\n${facts.link}`);
      },
    ),
  );
  assert.equal(fill('{{message}} {{nothing}}', { message: '{{todo}}' }), '{{todo}} {{nothing}}');
});
