import * as fc from 'fast-check';
import { selfSigned } from './certificate.ts';
import { edit, type Edit } from './edit.ts';
import * as m from './manifests.ts';
import { everySecurityPart } from './security-parts.ts';

/** Edits of policies for those Gateways, routes and Services: EnvoyExtensionPolicies with their scripts, and others. */
export function anyPolicyEdit(): fc.Arbitrary<Edit> {
  return fc.oneof(
    ...policies.map(([namespace, name]) => policyEdit(namespace, name)),
    ...secured.map(([namespace, name]) => securityEdit(namespace, name)),
    ...['c0', 'c1'].map((name) => clientTrafficEdit('default', name)),
    ...['b0', 'b1'].map(backendTlsEdit),
    ...['default', 'other'].map(scriptEdit),
    authorityEdit,
  );
}

const policies = [
  ['default', 'p0'],
  ['default', 'p1'],
  ['other', 'p2'],
] as const;

const secured = [
  ['default', 's0'],
  ['default', 's1'],
  ['other', 's2'],
] as const;

/** Parts of SecurityPolicies; Secrets and ConfigMaps of these names come and go, or are never there. */
const parts: fc.Arbitrary<object> = fc.record(
  {
    mergeType: fc.constantFrom('JSONMerge', 'StrategicMerge'),
    cors: fc.constant(everySecurityPart.cors),
    apiKeyAuth: fc.constantFrom({ ...everySecurityPart.apiKeyAuth, credentialRefs: [{ name: 'cert' }] }),
    jwt: fc.constantFrom<object>(everySecurityPart.jwt, {
      providers: [
        { name: 'p', localJWKS: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'cas' } } },
      ],
    }),
    extAuth: fc.constantFrom<object>(
      { grpc: { backendRefs: [m.backend('app')] } },
      { grpc: { backendRefs: [m.backend('none')] }, failOpen: true },
    ),
    authorization: fc.constantFrom<object>({}, { defaultAction: 'Allow' }, { rules: 'none' }),
  },
  { requiredKeys: [] },
);

const routeTarget = fc
  .record({
    name: fc.constantFrom('r0', 'r1', 'r4'),
    sectionName: fc.constantFrom(undefined, undefined, 'no-such-rule'),
  })
  .map((target) => ({ kind: 'HTTPRoute', ...target }));

const listenerName = fc.constantFrom(undefined, undefined, 'http', 'wild');

const gatewayTarget = fc.oneof(
  fc.record({
    kind: fc.constant('Gateway'),
    name: fc.constantFrom('web', 'edge'),
    sectionName: listenerName,
  }),
  fc.record({ kind: fc.constant('ListenerSet'), name: fc.constant('ls0'), sectionName: listenerName }),
);

const selector = fc.record({
  kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'Gateway', 'ListenerSet'),
  matchLabels: fc.constantFrom({}, { team: 'a' }),
  matchExpressions: fc.constantFrom<object[]>(
    [],
    [{ key: 'team', operator: 'Exists' }],
    [{ key: 'team', operator: 'In', values: ['a', 'b'] }],
    [{ key: 'team', operator: 'NotIn', values: ['b'] }],
  ),
  namespaces: fc.constantFrom<object>(
    { from: 'Same' },
    { from: 'All' },
    { from: 'Selector', selector: { matchLabels: { team: 'a' } } },
  ),
});

const serviceTarget = fc
  .record({
    name: fc.constantFrom('app', 'app2'),
    sectionName: fc.constantFrom(undefined, undefined, 'http', 'other'),
  })
  .map((target) => ({ group: '', kind: 'Service', ...target }));

const objectTarget = fc
  .record({ sectionName: fc.constantFrom(undefined, '80', '443') })
  .map((fields) => m.toObject('outside', fields));

function securityEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const creationTimestamp = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
  const spec = fc.oneof(
    fc.record({ targetRefs: fc.array(routeTarget, { minLength: 1, maxLength: 2 }) }),
    fc.record({ targetRefs: fc.array(gatewayTarget, { minLength: 1, maxLength: 2 }) }),
    fc.record({ targetSelectors: fc.array(selector, { minLength: 1, maxLength: 2 }) }),
  );
  const manifest = fc
    .tuple(spec, creationTimestamp, parts)
    .map(([fields, created, more]) =>
      m.policy('SecurityPolicy', { ...fields, ...more }, { namespace, name, creationTimestamp: created }),
    );
  return edit('SecurityPolicy', namespace, name, manifest);
}

const clientSettings = fc.constantFrom<object>(
  {},
  { path: { escapedSlashesAction: 'RejectRequest' } },
  { path: { escapedSlashesAction: 'wrong' } },
  { proxyProtocol: {}, connection: { connectionLimit: { value: 10 } } },
  { timeout: { tcp: { idleTimeout: '1m' } }, tls: { minVersion: '1.3' } },
  { tls: { clientValidation: { caCertificateRefs: [{ kind: 'ConfigMap', name: 'cas' }] } } },
  { headers: { lateResponseHeaders: { set: [{ name: 'x-late', value: '1' }] } } },
);

function clientTrafficEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const creationTimestamp = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
  const of = fc.oneof(
    fc.record({ targetRefs: fc.array(gatewayTarget, { minLength: 1, maxLength: 2 }) }),
    fc.record({ targetSelectors: fc.array(selector, { minLength: 1, maxLength: 1 }) }),
  );
  const manifest = fc
    .tuple(of, clientSettings, creationTimestamp)
    .map(([targetsOf, settings, created]) =>
      m.policy(
        'ClientTrafficPolicy',
        { ...targetsOf, ...settings },
        { namespace, name, creationTimestamp: created },
      ),
    );
  return edit('ClientTrafficPolicy', namespace, name, manifest);
}

const trust = fc.constantFrom<object>(
  { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas' }] },
  {
    caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas' }],
    subjectAltNames: [{ type: 'URI', uri: 'spiffe://a.test/b' }],
  },
  { caCertificateRefs: [{ group: '', kind: 'Service', name: 'app' }] },
);

function backendTlsEdit(name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      targetRefs: fc.array(fc.oneof(serviceTarget, objectTarget), { minLength: 1, maxLength: 2 }),
      of: trust,
      hostname: fc.constantFrom('a.test', 'b.test'),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    })
    .map(({ targetRefs, of, hostname, creationTimestamp }) =>
      m.policy(
        'BackendTLSPolicy',
        { targetRefs, validation: { hostname, ...of } },
        { name, creationTimestamp },
      ),
    );
  return edit('BackendTLSPolicy', 'default', name, manifest);
}

/** Made once: a key pair costs more than a whole run. */
const authorities = [selfSigned(['ca.test']).certificate, selfSigned(['ca.test']).certificate, 'none'];

const authorityEdit: fc.Arbitrary<Edit> = edit(
  'ConfigMap',
  'default',
  'cas',
  fc.constantFrom(...authorities).map((text) => m.configMap({ 'ca.crt': text }, { name: 'cas' })),
);

/** Targets of a policy, with a merge where it is for routes. */
export const policyTargets = fc.oneof(
  fc.record({
    targetRefs: fc.array(routeTarget, { minLength: 1, maxLength: 2 }),
    mergeType: fc.constantFrom(undefined, 'JSONMerge'),
  }),
  fc.record({ targetRefs: fc.array(gatewayTarget, { minLength: 1, maxLength: 2 }) }),
  fc.record({ targetSelectors: fc.array(selector, { minLength: 1, maxLength: 2 }) }),
);

const script = fc.constantFrom<object>(
  { inline: 'function envoy_on_request() end' },
  { inline: 'function envoy_on_response() end', filterContext: { who: 'a' } },
  { inline: 'no script' },
  { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'script' } },
);

const processor = fc.record({
  backendRefs: fc
    .record({
      name: fc.constantFrom('app', 'app2', 'missing'),
      namespace: fc.constantFrom(undefined, 'other'),
      port: fc.constantFrom(80, 81),
    })
    .map((ref) => [ref]),
  failOpen: fc.boolean(),
});

const module = fc
  .record({ failOpen: fc.boolean() })
  .map((fields) => ({ ...fields, code: { type: 'Image', image: { url: 'registry.test/p:v1' } } }));

function policyEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      of: policyTargets,
      lua: fc.array(script, { maxLength: 2 }),
      extProc: fc.array(processor, { maxLength: 1 }),
      wasm: fc.option(
        module.map((one) => [one]),
        { nil: [], freq: 2 },
      ),
    })
    .map(({ of, ...spec }) => m.extensionPolicy({ ...of, ...spec }, { namespace, name }));
  return edit('EnvoyExtensionPolicy', namespace, name, manifest);
}

function scriptEdit(namespace: string): fc.Arbitrary<Edit> {
  const lua = fc.constantFrom('function envoy_on_request() end', 'function envoy_on_response() end', 'none');
  return edit(
    'ConfigMap',
    namespace,
    'script',
    lua.map((text) => m.configMap({ lua: text }, { namespace, name: 'script' })),
  );
}
