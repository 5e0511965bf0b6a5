import { expect, test } from 'vitest';
import { selfSigned } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const authorities = ['one', 'two'].map((name) => selfSigned([`${name}.test`]).certificate);

function secure(service: string, hostname = 'a.internal'): object {
  const caCertificateRefs = [{ group: '', kind: 'ConfigMap', name: service }];
  const targetRefs = [{ group: '', kind: 'Service', name: service }];
  return m.policy(
    'BackendTLSPolicy',
    { targetRefs, validation: { hostname, caCertificateRefs } },
    { name: service },
  );
}

function backend(name: string, address: string): object[] {
  return [m.service(name), m.endpointSlice([address], { name: `${name}-1`, service: name })];
}

/** Returns the units that each event costs, by kind, with `others` policies of other Services and a route to each. */
async function costs(others: number): Promise<Record<string, readonly string[]>> {
  const pool = new CountingPool();
  const pipeline = new Pipeline({ pools: { endpoints: pool, config: pool } });
  const names = ['app', ...Array.from({ length: others }, (_, i) => `n${i}`)];
  const cas = (name: string, text = authorities[0]): object => m.configMap({ 'ca.crt': text }, { name });
  pipeline.apply(
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    ...names.flatMap((name) => [
      ...backend(name, '10.0.0.1'),
      secure(name),
      cas(name),
      m.httpRoute([{ backendRefs: [m.backend(name)] }], { name, hostnames: [`${name}.test`] }),
    ]),
  );
  pipeline.controller.sourcesComplete();
  await pipeline.settle();
  const cost = async (manifest: object): Promise<readonly string[]> => {
    pool.take();
    pipeline.apply(manifest);
    await pipeline.settle();
    return [...pool.take().sent.keys()].map((unit) => unit.slice(0, unit.indexOf('/'))).sort();
  };
  return {
    edit: await cost(secure('app', 'b.internal')),
    authorities: await cost(cas('app', authorities[1])),
    endpoints: await cost(m.endpointSlice(['10.0.0.2'], { name: 'app-1', service: 'app' })),
  };
}

test('what an event behind TLS costs does not grow with the policies of other Services, and is no route', async () => {
  const few = await costs(2);
  expect(few).toEqual({
    edit: ['AttachedPolicies', 'BackendAuthorities', 'BackendTLSPolicy', 'Cluster'],
    authorities: ['BackendAuthorities', 'BackendTLSPolicy', 'Cluster'],
    endpoints: ['ClusterLoadAssignment'],
  });
  expect(await costs(40)).toEqual(few);
});
