import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

function route(name: string, revision = 0): object {
  const set = [{ name: 'x-revision', value: `r${revision}` }];
  const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }];
  return m.httpRoute([{ backendRefs: [m.backend()], filters }], { name, hostnames: [`${name}.test`] });
}

function policy(name: string, spec: object): object {
  return m.policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...spec }, { name });
}

function limit(requests: number): object {
  return { rateLimit: { type: 'Local', local: { rules: [{ limit: { requests, unit: 'Hour' } }] } } };
}

function breaker(maxConnections: number): object {
  return { circuitBreaker: { maxConnections } };
}

function idle(seconds: number): object {
  return { timeout: { http: { streamIdleTimeout: `${seconds}s` } } };
}

/** Returns the units and reads that each event costs, with `others` policies, each at a route to the same Service. */
async function costs(others: number) {
  const pool = new CountingPool();
  const pipeline = new Pipeline({ pools: { endpoints: pool, config: pool } });
  const names = ['one', ...Array.from({ length: others }, (_, i) => `n${i}`)];
  const all = { ...limit(10), ...breaker(100), ...idle(10) };
  pipeline.apply(
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
    ...names.flatMap((name) => [route(name), policy(name, all)]),
    route('plain'),
  );
  pipeline.controller.sourcesComplete();
  await pipeline.settle();
  const cost = async (manifest: object) => {
    pool.take();
    pipeline.apply(manifest);
    await pipeline.settle();
    const { sent, rows } = pool.take();
    return { units: [...sent.keys()].map((unit) => unit.slice(0, unit.indexOf('/'))).sort(), rows };
  };
  return {
    plain: await cost(route('plain', 1)),
    route: await cost(route('one', 1)),
    ofRoutes: await cost(policy('one', { ...all, ...idle(11) })),
    ofClusters: await cost(policy('one', { ...all, ...idle(11), ...breaker(101) })),
    ofLimits: await cost(policy('one', { ...all, ...idle(11), ...breaker(101), ...limit(11) })),
    endpoints: await cost(m.endpointSlice(['10.0.0.2'])),
  };
}

test('an edit of a policy at one route costs what an edit of the route does, however many policies there are', async () => {
  const few = await costs(2);
  const edit = ['AttachedPolicies', 'AttachedRoute', 'BackendTrafficPolicy', 'Cluster'];
  expect(few).toMatchObject({
    plain: { units: ['AttachedPolicies', 'AttachedRoute', 'HTTPRoute'] },
    route: { units: ['AttachedPolicies', 'AttachedRoute', 'HTTPRoute'] },
    ofRoutes: { units: edit },
    ofClusters: { units: edit },
    ofLimits: { units: [...edit, 'LimitChain'] },
    endpoints: { units: ['ClusterLoadAssignment'] },
  });
  expect(await costs(40)).toEqual(few);
});
