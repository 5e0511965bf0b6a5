import { expect, test } from 'vitest';
import { resourceKey } from '../../src/lib/key.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const policy = (name: string, target: object): object =>
  m.policy(
    'BackendTrafficPolicy',
    { targetRefs: [target], timeout: { http: { requestTimeout: '3s' } } },
    { name },
  );
const route = (name: string) =>
  m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] });

test('routes that a proxy rejects are said of their policies, too', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service(),
    route('good'),
    policy('of-good', { kind: 'HTTPRoute', name: 'good' }),
  ]);
  const client = await pipeline.connected();
  client.reject = (service, _, bytes) =>
    service === 'VHDS' && Buffer.from(bytes).includes('bad.test') ? 'no such thing' : undefined;
  pipeline.apply(route('bad'), policy('of-bad', { kind: 'HTTPRoute', name: 'bad' }));
  await pipeline.drain();
  const status = (name: string) =>
    JSON.stringify(pipeline.controller.status(resourceKey('BackendTrafficPolicy', 'default', name)));
  expect(status('of-bad')).toContain('a proxy rejects its routes for bad.test');
  expect(status('of-bad')).toContain('no such thing');
  expect(status('of-good')).not.toContain('rejects');
  client.reject = () => undefined;
  pipeline.apply(policy('of-bad', { kind: 'HTTPRoute', name: 'bad' }), route('bad'));
  pipeline.apply(
    m.httpRoute([{ matches: [m.prefix('/other')], backendRefs: [m.backend()] }], {
      name: 'bad',
      hostnames: ['bad.test'],
    }),
  );
  await pipeline.drain();
  expect(status('of-bad')).not.toContain('rejects');
});
