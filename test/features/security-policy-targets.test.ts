import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import {
  answers,
  base,
  conditionsOf,
  gatewayTarget,
  routeTarget,
  security,
  started,
} from '../rig/pipeline/security-policy.ts';

/** A part that cannot be read: the policy closes what it is for. */
const unreadable = { authorization: 'none' };
const served = ['forwarded', 'forwarded'];
const closed = [500, 500];

test.each<[object, (number | string)[], boolean]>([
  [{ targetRefs: [routeTarget] }, closed, false],
  [{ targetRefs: undefined, targetRef: routeTarget }, closed, false],
  [{ targetRefs: [{ ...routeTarget, sectionName: 'buy' }] }, ['forwarded', 500], false],
  [{ targetRefs: [gatewayTarget] }, closed, true],
  [{ targetRefs: [{ ...gatewayTarget, sectionName: 'http' }] }, closed, true],
  [{ targetRefs: [], targetSelectors: [{ kind: 'Gateway', matchLabels: {} }] }, closed, true],
  [{ targetRefs: [], targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { no: 'one' } }] }, served, false],
])('an invalid policy %j closes exactly what it is for', async (spec, ofShop, isForOther) => {
  const policy = security({ ...spec, ...unreadable });
  const { pipeline, client } = await started(policy);
  expect(answers(client, 'shop.test')).toEqual(ofShop);
  expect(answers(client, 'other.test')).toEqual([isForOther ? 500 : 'forwarded']);
  pipeline.delete(policy);
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
});

test('a policy that asks for nothing closes nothing', async () => {
  const { pipeline, client } = await started(security({}));
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(conditionsOf(pipeline)).toMatchObject([{ type: 'Accepted', status: 'True', reason: 'Accepted' }]);
});

test('a listener’s policy is for what comes by that listener', async () => {
  const { client } = await started(
    security({ targetRefs: [{ ...gatewayTarget, sectionName: 'extra' }], ...unreadable }),
  );
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(answers(client, 'shop.test', 8080)).toEqual(closed);
});

test('the policy of a route replaces that of its Gateway as a whole', async () => {
  const { pipeline, client } = await started(
    security({ targetRefs: [gatewayTarget], ...unreadable }, { name: 'above' }),
    security({ authorization: { defaultAction: 'Allow' } }),
  );
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(answers(client, 'other.test')).toEqual([500]);
  pipeline.delete(security({}));
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(closed);
});

test('a section that there is not closes nothing, and is named', async () => {
  const { pipeline, client } = await started(
    security({ targetRefs: [{ ...routeTarget, sectionName: 'sell' }] }),
  );
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(conditionsOf(pipeline)[0]).toMatchObject({
    reason: 'TargetNotFound',
    message: 'spec.targetRefs[0].sectionName: HTTPRoute default/shop has no rule of this name',
  });
});

test('a policy that is for no Gateway of this controller has no status', async () => {
  const { pipeline } = await started(security({ targetRefs: [{ ...routeTarget, name: 'none' }] }));
  expect(pipeline.status('SecurityPolicy', 'policy')).toBeUndefined();
});

test('across namespaces a selector needs a grant of the target’s namespace', async () => {
  const selector = { kind: 'HTTPRoute', matchLabels: {}, namespaces: { from: 'All' } };
  const spec = { targetSelectors: [selector], ...unreadable };
  const policy = m.policy('SecurityPolicy', spec, { namespace: 'safe' });
  const { pipeline, client } = await started(policy);
  expect(answers(client, 'shop.test')).toEqual(served);
  const from = { group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy', namespace: 'safe' };
  const to = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'shop' };
  const grant = m.referenceGrant(from, to, 'default');
  pipeline.apply(grant);
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(closed);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
  pipeline.delete(grant);
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(served);
});

test('a selector may ask for namespaces by their labels', async () => {
  const namespaces = { from: 'Selector', selector: { matchLabels: { team: 'a' } } };
  const selector = {
    kind: 'HTTPRoute',
    matchExpressions: [{ key: 'no', operator: 'DoesNotExist' }],
    namespaces,
  };
  const { pipeline, client } = await started(
    security({ targetRefs: [], targetSelectors: [selector], ...unreadable }),
  );
  expect(answers(client, 'shop.test')).toEqual(served);
  const metadata = { name: 'default', labels: { team: 'a' } };
  pipeline.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(closed);
});

test('a GRPCRoute of an invalid policy is closed too', async () => {
  const target = { kind: 'GRPCRoute', name: 'calls' };
  const pipeline = await Pipeline.started([
    ...base,
    m.grpcRoute([{ backendRefs: [m.backend()] }], { name: 'calls', hostnames: ['calls.test'] }),
    security({ targetRefs: [target], ...unreadable }),
  ]);
  expect(answers(await pipeline.connected(), 'calls.test')).toEqual([500]);
});
