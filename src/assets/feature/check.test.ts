import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDuckDb } from '../../engine/index.ts';
import type { Node } from '../../graph/index.ts';
import { col } from '../contract/index.ts';
import { checkRequest } from './check.ts';
import { type RequestBody, requestFeatures } from './request/request.ts';

test('a field of a request has a pattern that the engine reads, and lies in nothing', async () => {
  const engine = await openDuckDb({});
  const session = await engine.session();
  try {
    const asked = requestFeatures('asked', {
      request: {
        sound: col.string().matches(/^[A-Z]{2}-\d+$/),
        ahead: col.string().matches(/^(?=a)/),
        city: col.string().at('customer.city'),
      },
      uses: {},
      compute: ({ request }) => ({ n: request.sound.length }),
    });
    const [node] = asked['~'].nodes;
    const found = await checkRequest(node as unknown as Node<RequestBody>, session);
    assert.deepEqual(
      found.map(({ code, asset, message }) => [code, asset, message.slice(0, 60)]),
      [
        ['MILL_CONTRACT_INVALID', 'asked', "The pattern of column 'ahead' does not compile: Invalid Inpu"],
        [
          'MILL_REQUEST_FEATURES_INVALID',
          'asked',
          "The field 'city' says where it lies in a JSON object, but a ",
        ],
      ],
    );
  } finally {
    await engine.close();
  }
});
