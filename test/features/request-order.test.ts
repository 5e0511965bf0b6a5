import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { services, type Service } from '../rig/xds/xds-types.ts';

const manifests = [
  m.gatewayClass(),
  m.gateway([
    m.httpListener(),
    { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } },
  ]),
  tlsSecret('tls', selfSigned(['a.example.com'])),
  m.httpRoute([{ backendRefs: [m.backend('a'), m.backend('b')] }]),
  ...['a', 'b'].flatMap((name) => [m.service(name), m.endpointSlice(['10.0.0.1'], { name, service: name })]),
];
const everything = {
  CDS: ['default/a/80/http1', 'default/b/80/http1'],
  EDS: ['default/a/80', 'default/b/80'],
  SDS: ['default/tls'],
  LDS: ['default/web/443', 'default/web/80'],
  RDS: ['default/web/443:*', 'default/web/80:*'],
  VHDS: ['default/web/443:*/*', 'default/web/80:*/*'],
};
const asked = services.filter((service) => service !== 'ECDS' && service !== 'SRDS');
/** Plugins come behind secrets, as a listener names both. */
const orders = permutations(asked).map((order) =>
  order.flatMap((service): Service[] => (service === 'SDS' ? ['SDS', 'ECDS'] : [service])),
);

test('a proxy that reconnects and has lost everything gets it in whichever of 120 orders it asks, routes after clusters', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  for (const order of orders) {
    const client = pipeline.connect({ restore: before, order, initialVersions: () => new Map() });
    client.forgetHeld();
    await pipeline.settle();
    expect({ order, ...held(client.names.bind(client)) }).toEqual({ order, ...everything });
    client.close();
  }
});

test('a proxy that reconnects and has everything is sent nothing, in whichever of 120 orders it asks', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  for (const order of orders) {
    const client = pipeline.connect({ restore: before, order });
    await pipeline.settle();
    expect({ order, sent: client.take().filter((line) => line.includes('/')) }).toEqual({ order, sent: [] });
    client.close();
  }
});

function held(names: (service: Service) => string[]): Record<string, string[]> {
  return Object.fromEntries(asked.map((service) => [service, names(service)]));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
