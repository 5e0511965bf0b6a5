import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import { slotOf } from '../../src/units/filter-slot.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const authorized = { type: 'FutureAuth', futureAuth: { backendRef: m.backend() } };
const open = { matches: [m.prefix('/open')], backendRefs: [m.backend()] };
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

interface RouteJson {
  readonly match: { readonly pathSeparatedPrefix?: string; readonly prefix?: string };
  readonly route?: unknown;
  readonly directResponse?: { readonly status: number };
}

/** Status that the proxy answers itself, or `forwarded`, by path. */
function answers(client: DeltaClient, host: string): Record<string, unknown> {
  const { virtualHosts } = client.routes('default/web/80:*') as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes: readonly RouteJson[] }[];
  };
  const found = virtualHosts.find(({ domains }) => domains.includes(host));
  return Object.fromEntries(
    (found?.routes ?? []).map(({ match, directResponse }) => [
      match.pathSeparatedPrefix ?? match.prefix,
      directResponse?.status ?? 'forwarded',
    ]),
  );
}

test('a rule with a filter that is not known is closed, and the other rules are served', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend()] }, open], { hostnames: ['shop.test'] }),
  ]);
  const client = await pipeline.connected();
  expect(answers(client, 'shop.test')).toEqual({ '/': 'forwarded', '/open': 'forwarded' });
  pipeline.apply(
    m.httpRoute([{ filters: [authorized], backendRefs: [m.backend()] }, open], { hostnames: ['shop.test'] }),
  );
  await pipeline.settle();
  expect(answers(client, 'shop.test')).toEqual({ '/': 500, '/open': 'forwarded' });
  expect(pipeline.routeConditions()['Accepted']).toMatchObject({
    status: 'False',
    reason: 'UnsupportedValue',
    observedGeneration: 5,
    message: expect.stringMatching(/^spec\.rules\[0\]\.filters\[0\]\.type: must be one of /) as unknown,
  });
});

test('a rule that cannot be read keeps its requests from a rule that is wider', async () => {
  const closed = { matches: [m.prefix('/admin'), { method: 'FETCH' }], filters: [authorized] };
  const route = m.httpRoute([closed, { backendRefs: [m.backend()] }], { hostnames: ['shop.test'] });
  const client = await (await Pipeline.started([...base, route])).connected();
  expect(answers(client, 'shop.test')).toEqual({ '/admin': 500, '/': 'forwarded' });
});

test('a policy is in force at the targets that Sluice has, and says which it has not', async () => {
  const group = 'gateway.networking.k8s.io';
  const extProc = [{ backendRefs: [m.backend('auth')], processingMode: { request: {} }, failOpen: false }];
  const pipeline = await Pipeline.started([
    ...base,
    m.service('auth'),
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'shop', hostnames: ['shop.test'] }),
    m.extensionPolicy({
      targetRefs: [
        { group, kind: 'HTTPRoute', name: 'shop' },
        { group, kind: 'OtherRoute', name: 'raw' },
      ],
      extProc,
    }),
  ]);
  const client = await pipeline.connected();
  const slot = slotOf('plugins', 'default/plugins');
  expect(JSON.stringify(client.routes(client.names('RDS')[0] ?? ''))).toContain(slot);
  expect(JSON.stringify(client.json('ECDS', slot))).toContain('ext_proc/default/plugins/0');
  const status = pipeline.status('EnvoyExtensionPolicy', 'plugins') as {
    ancestors: readonly { conditions: readonly object[] }[];
  };
  expect(status.ancestors[0]?.conditions[0]).toMatchObject({
    type: 'Accepted',
    status: 'True',
    message: expect.stringContaining('spec.targetRefs[1].kind: OtherRoute is not supported') as unknown,
  });
});

test('a policy of which a part cannot be read closes its routes, and no other', async () => {
  const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'shop' };
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'shop', hostnames: ['shop.test'] }),
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'free', hostnames: ['free.test'] }),
    m.extensionPolicy({ targetRefs: [target], lua: [{ type: 'Remote' }] }),
  ]);
  const client = await pipeline.connected();
  expect(answers(client, 'shop.test')).toEqual({ '/': 500 });
  expect(answers(client, 'free.test')).toEqual({ '/': 'forwarded' });
  expect(JSON.stringify(pipeline.status('EnvoyExtensionPolicy', 'plugins'))).toContain(
    'spec.lua[0].type: must be Inline or ValueRef; its routes answer 500',
  );
});

test('client certificates of which the settings cannot be read let no client in', async () => {
  const tls = { frontend: { default: { validation: { caCertificateRefs: [], mode: 'AllowAll' } } } };
  const https = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };
  const gateway = m.gateway([https, m.httpListener()], { tls });
  const pipeline = await Pipeline.started([...base, gateway]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/80']);
  expect(pipeline.gatewayConditions()['Accepted']?.message).toContain(
    'spec.tls.frontend.default.validation.mode: must be AllowValidOnly or AllowInsecureFallback',
  );
});

test('every field of an EnvoyProxy that is not known is named, whichever it is', async () => {
  const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()], { infrastructure: { parametersRef } }),
    m.envoyProxy({
      shutdown: { fromTomorrow: '5s', drainTimeout: '60s' },
      mergeBackends: {},
      mergeGateways: false,
      dynamicModules: [{ name: 'm' }],
      telemetry: { requestID: { tracing: 'Disable' }, accessLog: { settings: [{ other: 1 }] } },
      provider: {
        type: 'Kubernetes',
        kubernetes: { envoyService: { fromTomorrow: true, annotations: { a: 'b' } } },
      },
    }),
  ]);
  const accepted = pipeline.gatewayConditions()['Accepted'];
  expect(accepted).toMatchObject({ status: 'True', observedGeneration: 3 });
  for (const path of [
    'shutdown.fromTomorrow',
    'dynamicModules',
    'telemetry.requestID',
    'telemetry.accessLog.settings[0].other',
    'provider.kubernetes.envoyService.fromTomorrow',
  ])
    expect(accepted?.message).toContain(`spec.${path}: is not supported yet`);
  for (const path of ['mergeGateways', 'mergeBackends']) expect(accepted?.message).not.toContain(path);
  expect(accepted?.message).not.toContain('annotations');
  expect(accepted?.message).not.toContain('drainTimeout');
});

test('labels of a Namespace that cannot be read let none of its routes in', async () => {
  const expression = { key: 'team', operator: 'DoesNotExist' };
  const namespaces = { from: 'Selector', selector: { matchExpressions: [expression] } };
  const metadata = { name: 'default', labels: { team: 7 } };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener({ allowedRoutes: { namespaces } })]),
    { apiVersion: 'v1', kind: 'Namespace', metadata },
    m.httpRoute([{ backendRefs: [m.backend()] }]),
  ]);
  expect(pipeline.routeConditions()['Accepted']).toMatchObject({
    status: 'False',
    reason: 'NotAllowedByListeners',
    message: expect.stringContaining('Namespace default: metadata.labels.team: must be a string') as unknown,
  });
});
