import { expect, test } from 'vitest';
import { statusFault } from './fault.ts';
import { Objects } from './objects.ts';

const manifest = { kind: 'Deployment', metadata: { namespace: 'ns', name: 'gw' } };
const { signal } = new AbortController();

test('what is no such object is refused, and an API server in trouble is not available, though both say 500', async () => {
  const unknown =
    'failed to create typed patch object (ns/gw; apps/v1, Kind=Deployment): .spec.x: not declared';
  expect(await objects(unknown).apply(manifest, signal)).toMatchObject({ reason: 'refused' });
  expect(await objects('etcdserver: leader changed').apply(manifest, signal)).toMatchObject({
    reason: 'unavailable',
  });
});

function objects(message: string): Objects {
  return new Objects({ send: () => Promise.reject(statusFault(500, { message })) });
}
