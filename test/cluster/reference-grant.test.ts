import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { echoPods, gateway, httpRoute, referenceGrant, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { TestNamespace } from './test-namespace.ts';

const grant = referenceGrant('from-front', { kind: 'HTTPRoute', namespace: 'grant-front' }, 'Service');
const route = httpRoute('app', 'app.test', [toService('app', { namespace: 'grant-back' })]);
let front: TestNamespace;
let back: TestNamespace;

beforeAll(async () => {
  front = await TestNamespace.open('grant-front');
  back = await TestNamespace.open('grant-back');
  await back.apply(service('app'), echoPods('app'), grant);
  await front.apply(gateway(), route);
});
afterAll(async () => {
  await front.close();
  await back.close();
});

test('a backend of another namespace is used as long as a ReferenceGrant lets it be', async () => {
  await front.answers('app.test', 200);
  await back.delete(grant);
  await front.answers('app.test', 500);
  const refused = await converge(async () => {
    const condition = conditionOf(await front.get(route), 'ResolvedRefs');
    return condition?.status === 'False' && condition;
  });
  expect(refused.reason).toBe('RefNotPermitted');
  await back.apply(grant);
  await front.answers('app.test', 200);
});
