import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

/** Policies beside the one that is edited. */
const many = Number(process.env['SCALE_POLICIES'] ?? 200);

function route(name: string, path = '/'): object {
  const rule = { matches: [m.prefix(path)], backendRefs: [m.backend()] };
  return m.httpRoute([rule], { name, hostnames: [`${name}.test`] });
}

const keySets = ['b25l', 'dHdv'].map((k) => JSON.stringify({ keys: [{ kty: 'oct', k }] }));

/** A policy with keys of clients and tokens of its own. */
function policy(name: string, defaultAction = 'Allow'): object {
  const localJWKS = { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name } };
  return m.policy(
    'SecurityPolicy',
    {
      targetRefs: [{ kind: 'HTTPRoute', name }],
      apiKeyAuth: { credentialRefs: [{ name }], extractFrom: [{ headers: ['x-key'] }] },
      jwt: { providers: [{ name: 'p', localJWKS }] },
      authorization: { defaultAction },
    },
    { name },
  );
}

function keySet(name: string, text = keySets[0]): object {
  return m.configMap({ jwks: text }, { name });
}

async function counted(manifests: readonly object[]) {
  const pool = new CountingPool();
  const pipeline = new Pipeline({ pools: { endpoints: pool, config: pool } });
  pipeline.apply(
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
    ...manifests,
  );
  pipeline.controller.sourcesComplete();
  await pipeline.settle();
  return async (manifest: object) => {
    pool.take();
    pipeline.apply(manifest);
    await pipeline.settle();
    const { sent, rows } = pool.take();
    return { units: [...sent.keys()].map((unit) => unit.slice(0, unit.indexOf('/'))).sort(), rows };
  };
}

/** Returns the units and rows that each event costs, with `others` policies, each at a route of its own. */
async function costs(others: number) {
  const names = ['one', ...Array.from({ length: others }, (_, i) => `n${i}`)];
  const cost = await counted([
    ...names.flatMap((name) => [
      route(name),
      policy(name),
      secret(name, { ann: `key-of-${name}` }),
      keySet(name),
    ]),
    route('plain'),
  ]);
  return {
    plain: await cost(route('plain', '/new')),
    route: await cost(route('one', '/new')),
    edit: await cost(policy('one', 'Deny')),
    secret: await cost(secret('one', { ann: 'another' })),
    keySet: await cost(keySet('one', keySets[1])),
    endpoints: await cost(m.endpointSlice(['10.0.0.2'])),
  };
}

test('an edit of a policy or a credential costs its own routes, however many policies there are', async () => {
  const few = await costs(2);
  const ofRoute = ['AttachedPolicies', 'AttachedRoute', 'HTTPRoute'];
  expect(few).toMatchObject({
    plain: { units: ofRoute },
    route: { units: ofRoute },
    edit: { units: ['AttachedPolicies', 'AttachedRoute', 'SecurityPolicy', 'TokenChain'] },
    secret: { units: ['AttachedRoute', 'SecurityPolicy'] },
    keySet: { units: ['AttachedRoute', 'SecurityPolicy', 'TokenChain'] },
    endpoints: { units: ['ClusterLoadAssignment'] },
  });
  expect(await costs(many)).toEqual(few);
});

function ofGateway(defaultAction: string): object {
  const targetRefs = [{ kind: 'Gateway', name: 'web' }];
  return m.policy('SecurityPolicy', { targetRefs, authorization: { defaultAction } }, { name: 'above' });
}

/** Returns the units that an edit of the Gateway's policy, and of one route below it, cost. */
async function costsBelow(routes: number) {
  const names = Array.from({ length: routes }, (_, i) => `r${i}`);
  const cost = await counted([...names.map((name) => route(name)), ofGateway('Allow')]);
  const edit = await cost(ofGateway('Deny'));
  const one = await cost(route('r0', '/new'));
  return {
    edit: { ...edit, units: edit.units.filter((unit) => unit !== 'AttachedRoute') },
    routes: edit.units.length - edit.units.filter((unit) => unit !== 'AttachedRoute').length,
    one,
  };
}

test('an edit of a Gateway’s policy costs each of its routes once, and an edit of one route no other', async () => {
  const [few, more] = [await costsBelow(3), await costsBelow(120)];
  expect([few.routes, more.routes]).toEqual([3, 120]);
  expect(more.edit.units).toEqual(few.edit.units);
  expect(more.one).toEqual(few.one);
});
