import * as fc from 'fast-check';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { backendEdits, secrets } from './backend-edits.ts';
import { bytesRouteEdits } from './bytes-route-edits.ts';
import type { Edit } from './edit.ts';
import { gatewayEdits, httpsListener, teamListener } from './gateway-edits.ts';
import * as m from './manifests.ts';
import { controllerName } from '../pipeline/memory-reader.ts';
import { anyPolicyEdit } from './any-policy-edit.ts';
import { anyTrafficEdit, initialFilter } from './any-traffic-edit.ts';
import { routeEdits } from './route-edits.ts';

/**
 * Edits of few objects with many references: Gateways, ListenerSets, routes of all kinds but GRPC, Services, Backends, grants, Secrets, Namespaces, classes,
 * EnvoyProxies, policies, filters and the settings. Few, so that an edited object is often in use.
 */
export function anyEdit(): fc.Arbitrary<Edit> {
  return fc.oneof(
    { weight: 4, arbitrary: routeEdits.routes() },
    { weight: 3, arbitrary: bytesRouteEdits() },
    { weight: 3, arbitrary: gatewayEdits.gateways() },
    { weight: 2, arbitrary: gatewayEdits.listenerSets() },
    { weight: 3, arbitrary: backendEdits.services() },
    { weight: 3, arbitrary: backendEdits.slices() },
    { weight: 2, arbitrary: backendEdits.objects() },
    { weight: 2, arbitrary: routeEdits.grants() },
    { weight: 2, arbitrary: backendEdits.secrets() },
    { weight: 1, arbitrary: backendEdits.namespaces() },
    { weight: 1, arbitrary: gatewayEdits.classes() },
    { weight: 1, arbitrary: gatewayEdits.proxies() },
    { weight: 1, arbitrary: gatewayEdits.proxyServices() },
    { weight: 3, arbitrary: anyPolicyEdit() },
    { weight: 3, arbitrary: anyTrafficEdit() },
    { weight: 2, arbitrary: settingsEdit },
  );
}

export function initialEdits(): Edit[] {
  const manifests = [
    m.gatewayClass(),
    m.gateway([m.httpListener(), httpsListener('s', 443, undefined, 'default')]),
    m.gateway([m.httpListener({ hostname: '*.example.com' }), teamListener], { name: 'edge' }),
    m.listenerSet([m.httpListener({ name: 'more', hostname: 'more.example.org' })], { name: 'ls0' }),
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'r0' }),
    m.httpRoute([{ matches: [m.prefix('/two')], backendRefs: [m.backend('app2')] }], {
      name: 'r1',
      parentRefs: [{ name: 'web' }, { name: 'edge' }, { kind: 'ListenerSet', name: 'ls0' }],
      hostnames: ['a.example.com'],
    }),
    m.httpRoute([{ filters: [m.toFilter('f0')], backendRefs: [m.backend()] }], {
      name: 'r2',
      hostnames: ['example.org'],
    }),
    ...initialFilter,
    m.service('app', { port: { name: 'http' } }),
    m.service('app2', { port: { name: 'http' } }),
    m.endpointSlice(['10.0.0.1'], { name: 's0', portName: 'http' }),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team: 'a' } } },
    secrets[0] ?? {},
  ];
  return manifests.map((manifest) => ({ key: keyOf(manifest), manifest }));
}

export const settingsEditKey = resourceKey('Settings', '', '');

const settingsEdit: fc.Arbitrary<Edit> = fc
  .record({
    controllerName: fc.constantFrom(controllerName, controllerName, 'other.dev/controller'),
    allowLoopbackEndpoints: fc.boolean(),
    backendHostnames: fc.boolean(),
    managedProxies: fc.boolean(),
    lua: fc.constantFrom(true, true, false),
  })
  .map((settings) => ({ key: settingsEditKey, manifest: undefined, settings }));

function keyOf(manifest: object): ResourceKey {
  const { kind, metadata } = manifest as { kind: string; metadata: { name: string; namespace?: string } };
  return resourceKey(kind, metadata.namespace ?? '', metadata.name);
}
