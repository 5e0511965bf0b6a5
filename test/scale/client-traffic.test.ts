import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { clientPolicy, httpsListener, toListener } from '../rig/pipeline/client-policy.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const authorities = ['one', 'two'].map((name) => selfSigned([`${name}.test`]).certificate);

interface Sizes {
  readonly ports: number;
  readonly routes: number;
}

function policy(name: string, slashes = 'RejectRequest'): object {
  const caCertificateRefs = [{ group: '', kind: 'ConfigMap', name }];
  return clientPolicy(
    {
      targetRefs: [toListener(name)],
      path: { escapedSlashesAction: slashes },
      tls: { clientValidation: { caCertificateRefs } },
    },
    { name },
  );
}

function cas(name: string, text = authorities[0]): object {
  return m.configMap({ 'ca.crt': text }, { name });
}

/** Returns the units that each event costs, by kind, with a policy of one listener for each HTTPS port. */
async function costs({ ports, routes }: Sizes): Promise<Record<string, readonly string[]>> {
  const pool = new CountingPool();
  const pipeline = new Pipeline({ pools: { endpoints: pool, config: pool } });
  const names = Array.from({ length: ports }, (_, i) => `p${i}`);
  pipeline.apply(
    m.gatewayClass(),
    m.gateway([m.httpListener(), ...names.map((name, i) => httpsListener(name, `${name}.test`, 4000 + i))]),
    tlsSecret('cert', selfSigned(['a.test'])),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
    ...names.flatMap((name) => [policy(name), cas(name)]),
    ...Array.from({ length: routes }, (_, i) =>
      m.httpRoute([{ backendRefs: [m.backend()] }], { name: `r${i}`, hostnames: [`r${i}.test`] }),
    ),
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
    edit: await cost(policy('p0', 'KeepUnchanged')),
    authorities: await cost(cas('p0', authorities[1])),
    endpoints: await cost(m.endpointSlice(['10.0.0.2'])),
    route: await cost(
      m.httpRoute([{ matches: [m.prefix('/new')], backendRefs: [m.backend()] }], {
        name: 'r0',
        hostnames: ['r0.test'],
      }),
    ),
  };
}

test('an edit costs the Listener of its port, and neither routes nor other ports', async () => {
  const few = await costs({ ports: 2, routes: 2 });
  expect(few).toEqual({
    edit: ['AttachedPolicies', 'ClientPolicyAuthorities', 'ClientTrafficPolicy', 'Gateway', 'Listener'],
    authorities: ['ClientPolicyAuthorities', 'ClientTrafficPolicy', 'Listener'],
    endpoints: ['ClusterLoadAssignment'],
    route: ['AttachedPolicies', 'AttachedRoute', 'HTTPRoute'],
  });
  expect(await costs({ ports: 20, routes: 2 })).toEqual(few);
  expect(await costs({ ports: 2, routes: 40 })).toEqual(few);
});
