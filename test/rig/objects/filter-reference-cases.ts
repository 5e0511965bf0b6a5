import * as m from './manifests.ts';
import { base, type Case, type ReferenceCases } from './reference-case.ts';

const filtered = { filters: [m.toFilter()], backendRefs: [m.backend()] };

/** Target of the `extensionRef` of {@link m.toFilter}. */
export const toRouteFilter: Case['target'] = [
  m.routeFilter({ directResponse: { statusCode: 404 } }),
  m.routeFilter({ directResponse: { statusCode: 410 } }),
];

function credential(value: string): object {
  const metadata = { name: 'target', namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: { credential: value } };
}

function sources(spec: object): readonly object[] {
  return [...base, m.service(), m.httpRoute([filtered]), m.routeFilter(spec)];
}

/** Cases of HTTPRouteFilters. */
export const filterReferences: ReferenceCases = {
  'HTTPRouteFilter spec.credentialInjection.credential.valueRef': {
    sources: sources({ credentialInjection: { credential: { valueRef: { name: 'target' } } } }),
    target: [credential('one'), credential('two')],
  },
  'HTTPRouteFilter spec.directResponse.body.valueRef': {
    sources: sources({
      directResponse: { body: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'target' } } },
    }),
    target: [m.configMap({ 'response.body': 'one' }), m.configMap({ 'response.body': 'two' })],
  },
};
