import { afterEach, beforeEach, expect, test } from 'vitest';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

const grant = {
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'other' }],
    to: [{ group: '', kind: 'Service' }],
  },
};

let follower: KubeFollower;
beforeEach(() => {
  follower = new KubeFollower();
});
afterEach(async () => {
  await follower.close();
});

test('a kind whose CRD is absent counts as read, and is picked up when it is installed', async () => {
  const { api } = follower;
  for (const kind of ['GatewayClass', 'Gateway', 'HTTPRoute', 'ReferenceGrant']) api.serve(kind);
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  expect(follower.rows.size).toBe(1);
  api.serve('HTTPRoute', 'v1');
  api.put('HTTPRoute', 'ns', 'r', { spec: {} });
  await follower.equal();
  expect(follower.source.apiVersionOf([...follower.rows.keys()].at(-1)!)).toBe(
    'gateway.networking.k8s.io/v1',
  );
});

test('policies whose CRDs are absent are as if there were none; one that is installed is followed', async () => {
  const { api } = follower;
  const policies = ['SecurityPolicy', 'BackendTLSPolicy', 'ClientTrafficPolicy'];
  for (const kind of policies) api.serve(kind);
  await follower.follow();
  expect(follower.source.unsynced()).toEqual([]);
  const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r' }];
  api.serve('SecurityPolicy', 'v1alpha1');
  api.put('SecurityPolicy', 'ns', 'p', { spec: { targetRefs } });
  await follower.equal();
  expect([...follower.rows.values()].map(({ key, indexes }) => ({ key, indexes }))).toEqual([
    { key: 'SecurityPolicy/ns/p', indexes: ['@PoliciesNaming/HTTPRoute/ns/r'] },
  ]);
});

test('ClusterTrustBundles are followed where the API server serves them, in whatever version; others are ready without', async () => {
  const { api } = follower;
  api.serve('ClusterTrustBundle');
  await follower.follow();
  expect(follower.source.unsynced()).toEqual([]);
  api.serve('ClusterTrustBundle', 'v1beta1');
  api.put('ClusterTrustBundle', '', 'cas', { spec: { trustBundle: 'PEM' } });
  await follower.equal();
  expect([...follower.rows.keys()]).toEqual(['ClusterTrustBundle//cas']);
});

test('that a CRD is absent is logged and counted, each time that it becomes so', async () => {
  const { api, log } = follower;
  api.serve('HTTPRoute');
  await follower.follow();
  const logged = (): object[] =>
    log.lines
      .filter(({ message }) => message.includes('its CRD'))
      .map(({ level, fields }) => ({ level, fields }));
  expect(logged()).toEqual([{ level: 'info', fields: { kind: 'HTTPRoute' } }]);
  expect(follower.restarts).toEqual([{ kind: 'HTTPRoute', reason: 'absent' }]);
  api.serve('HTTPRoute', 'v1');
  api.put('HTTPRoute', 'ns', 'r', { spec: {} });
  await follower.equal();
  api.serve('HTTPRoute');
  await follower.until(() => logged().length === 2);
  expect(follower.restarts.filter(({ reason }) => reason === 'absent')).toHaveLength(2);
});

test('one absent kind of a group that is there counts as read', async () => {
  follower.api.serve('ReferenceGrant');
  await follower.follow();
  expect(follower.source.unsynced()).toEqual([]);
});

test('a kind that is served in an older version is followed in that', async () => {
  const { api } = follower;
  api.serve('ReferenceGrant', 'v1beta1');
  api.put('ReferenceGrant', 'ns', 'g', grant);
  await follower.follow();
  expect(follower.rows.size).toBe(1);
  const [key] = follower.rows.keys();
  expect(follower.source.apiVersionOf(key!)).toBe('gateway.networking.k8s.io/v1beta1');
  api.put('ReferenceGrant', 'ns', 'h', grant);
  await follower.equal();
});

test('a CRD that vanishes takes its objects along, and returns with new ones', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'ns', 'r', { spec: {} });
  api.put('HTTPRoute', 'ns', 's', { spec: {} });
  await follower.follow();
  api.serve('HTTPRoute');
  await follower.equal();
  expect(follower.rows.size).toBe(0);
  api.serve('HTTPRoute', 'v1');
  api.put('HTTPRoute', 'ns', 't', { spec: {} });
  await follower.equal();
  expect(follower.idle).toEqual([]);
});

test('a CRD that vanishes while nothing is connected takes its objects along', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'ns', 'r', { spec: {} });
  await follower.follow();
  await api.stop();
  api.serve('HTTPRoute');
  await api.start();
  await follower.equal();
});

test('a 404 of something that is no API server is not believed', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'ns', 'r', { spec: {} });
  await follower.follow();
  api.deaf = true;
  api.break('HTTPRoute', 'eof');
  await follower.until(() => follower.restarts.length > 5);
  expect(follower.rows.size).toBe(1);
  api.deaf = false;
  api.put('HTTPRoute', 'ns', 's', { spec: {} });
  await follower.equal();
  expect(follower.deleted).toEqual([]);
});

test('a 404 for a resource that the API server names is not believed', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'ns', 'r', { spec: {} });
  await follower.follow();
  api.fault = ({ kind }) => (kind === 'HTTPRoute' ? { kind: 'status', status: 404 } : undefined);
  api.break('HTTPRoute', 'eof');
  await follower.until(() => follower.restarts.length > 5);
  expect(follower.rows.size).toBe(1);
  api.fault = () => undefined;
  api.delete('HTTPRoute', 'ns', 'r');
  await follower.equal();
});
