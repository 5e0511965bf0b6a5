import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { infrastructureName } from '../../src/units/infrastructure-name.ts';
import { parseObject } from '../../src/kinds/door.ts';
import { addressesOf, addressProblems, type StatusAddress } from '../rig/kube/gateway-addresses.ts';
import * as m from '../rig/objects/manifests.ts';
import { anyGarbledService, anyOddService, type OddService } from '../rig/objects/odd-service.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

// The first of the six failures, whatever the Service is: https://github.com/envoyproxy/gateway/issues/6142

const managed = { settings: { managedProxies: true } };
const names = ['web', '0', 'constructor', 'a.b.c', 'n'.repeat(63), `${'long.'.repeat(20)}gw`];

test('a Service that an API server takes is never refused', () => {
  fc.assert(
    fc.property(anyOddService(), (service) => {
      expect(parseObject(before('web', service))).toMatchObject({ kind: 'row' });
    }),
    { numRuns: 1000 },
  );
});

test('whatever becomes of the Service before the proxies, the status can be written, is what the Service means, and rests', async () => {
  const services = fc.array(
    fc.record({
      service: fc.oneof(
        { weight: 3, arbitrary: anyOddService() },
        { weight: 1, arbitrary: anyGarbledService() },
      ),
      vanishes: fc.boolean(),
      decoy: anyOddService(),
    }),
    { minLength: 2, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(services, fc.constantFrom(...names), async (steps, name) => {
      const base = [m.gatewayClass(), m.gateway([m.httpListener()], { name })];
      const pipeline = await Pipeline.started(base, managed);
      for (const { service, vanishes, decoy } of steps) {
        pipeline.apply(before(name, service));
        await pipeline.settle();
        const status = statusOf(pipeline, name);
        const found = (status.addresses ?? []).map(({ type, value }) => ({ type, value }));
        expect(addressProblems(found)).toEqual([]);
        expect(found).toEqual(addressesOf(service));
        expect(programmed(status)).toBe(found.length === 0 ? 'AddressNotAssigned' : 'Pending');

        await rests(pipeline, before(name, reversed(service), deleting));
        await rests(pipeline, before('second', decoy, labelsOf(name)));
        if (!vanishes) continue;
        pipeline.delete(before(name, service));
        await pipeline.settle();
        expect(statusOf(pipeline, name).addresses).toEqual([]);
        pipeline.apply(before(name, service));
        await pipeline.settle();
        expect(statusOf(pipeline, name)).toEqual(status);
      }
      const last = steps.at(-1);
      if (last === undefined) throw new Error('no step');
      const fresh = await Pipeline.started([before(name, last.service), ...base.toReversed()], managed);
      expect(statusOf(pipeline, name)).toEqual(statusOf(fresh, name));
      await Promise.all([pipeline.close(), fresh.close()]);
    }),
    { numRuns: 400 },
  );
});

interface GatewayStatus {
  readonly addresses?: readonly StatusAddress[];
  readonly conditions: readonly { readonly type: string; readonly reason: string }[];
}

/** Its load balancer is being removed, and still answers. */
const deleting = {
  labels: { edited: 'yes' },
  deletionTimestamp: '2026-01-01T00:00:00Z',
  finalizers: ['service.kubernetes.io/load-balancer-cleanup'],
};

function labelsOf(gateway: string): object {
  const labels = {
    'app.kubernetes.io/managed-by': 'sluice',
    'gateway.networking.k8s.io/gateway-name': gateway,
    'gateway.networking.k8s.io/gateway-class-name': 'sluice',
  };
  return { labels };
}

function before(gateway: string, service: OddService, metadata: object = {}): object {
  const name = infrastructureName(gateway, 'sluice');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, name, namespace: 'default' },
    ...service,
  };
}

/** Another order, which has no meaning. */
function reversed({ spec, status }: OddService): OddService {
  const { clusterIPs, externalIPs } = spec;
  const ingress = status?.loadBalancer?.ingress;
  return {
    spec: {
      ...spec,
      ...(clusterIPs === undefined ? {} : { clusterIPs: clusterIPs.toReversed() }),
      ...(externalIPs === undefined ? {} : { externalIPs: externalIPs.toReversed() }),
    },
    ...(ingress === undefined ? {} : { status: { loadBalancer: { ingress: ingress.toReversed() } } }),
  };
}

/** The status stays the same to the byte, so nothing is written. */
async function rests(pipeline: Pipeline, change: object): Promise<void> {
  const { reports } = pipeline.controller;
  const texts = () => [...reports.objects()].sort().map((object) => [object, reports.status(object)]);
  const was = texts();
  pipeline.apply(change);
  await pipeline.settle();
  expect(texts()).toEqual(was);
}

function statusOf(pipeline: Pipeline, gateway: string): GatewayStatus {
  const status = pipeline.status('Gateway', gateway) as GatewayStatus | undefined;
  if (status === undefined) throw new Error('no status');
  return status;
}

function programmed({ conditions }: GatewayStatus): string | undefined {
  return conditions.find(({ type }) => type === 'Programmed')?.reason;
}
