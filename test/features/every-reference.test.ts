import { expect, test } from 'vitest';
import { z } from 'zod';
import { kindTable } from '../../src/kinds/kind-table.ts';
import { labelSelector, namespaceName, objectName } from '../../src/kinds/shape/shape.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { serviceTargetCases, targetCases } from '../rig/objects/policy-reference-cases.ts';
import { referenceFields } from '../rig/objects/reference-fields.ts';

/** EndpointSlice has no schema: its one reference is this label. */
const ofSlice = 'EndpointSlice metadata.labels[kubernetes.io/service-name]';

const schemas: readonly (readonly [string, unknown])[] = Object.entries(kindTable).map(([kind, def]) => [
  kind,
  'schema' in def ? def.schema : undefined,
]);

interface Case {
  /** The object with the field, and all that it needs to have an effect. */
  readonly sources: readonly object[];
  /** The target before and after a change that the source must notice. */
  readonly target: readonly [object, object];
}

const base = [m.gatewayClass(), m.gateway([m.httpListener()])];
const mirror = { type: 'RequestMirror', requestMirror: { backendRef: m.backend('target') } };
const auth = {
  type: 'ExternalAuth',
  externalAuth: { protocol: 'HTTP', backendRef: m.backend('target') },
};
const toService: Case['target'] = [m.service('target'), m.service('target', { port: { port: 81 } })];

function backendTls(trust: 'System' | 'ConfigMap'): object {
  const cas = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'target' }] };
  const of = trust === 'System' ? { wellKnownCACertificates: 'System' } : cas;
  return { validation: { hostname: 'app.internal', ...of } };
}

const parameters = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'target' };
const withParameters = m.gateway([m.httpListener()], { infrastructure: { parametersRef: parameters } });
const proxies: Case['target'] = [
  m.envoyProxy({ concurrency: 1 }, { name: 'target' }),
  m.envoyProxy({ concurrency: 2 }, { name: 'target' }),
];

function https(): object {
  return { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'target' }] } };
}

const serving = tlsSecret('serving', selfSigned(['a.example.com']));
const validation = {
  validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'target' }] },
};
const withClients = (frontend: object): object =>
  m.gateway([{ ...https(), tls: { certificateRefs: [{ name: 'serving' }] } }], { tls: { frontend } });
const clientAuthorities: Case['target'] = [
  m.configMap({ 'ca.crt': selfSigned(['one.test']).certificate }),
  m.configMap({ 'ca.crt': selfSigned(['two.test']).certificate }),
];

const fromConfigMap = { caCertificateRef: { kind: 'ConfigMap', name: 'target' } };
const authorities: Case['target'] = [m.configMap({ 'ca.crt': 'one' }), m.configMap({ 'ca.crt': 'two' })];

function imageCode(fields: object = {}): object {
  return { type: 'Image', image: { url: 'registry.test/plugin:v1', ...fields } };
}

function policy(code: object): object {
  return m.extensionPolicy({ targetRefs: [{ kind: 'Gateway', name: 'web' }], wasm: [{ code }] });
}

function pullSecret(password: string): object {
  const config = JSON.stringify({ auths: { 'registry.test': { username: 'me', password } } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'target', namespace: 'default' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': config },
  };
}

const withListener = (name: string): object => m.gateway([m.httpListener({ name })]);
const toListener: Case['target'] = [withListener('http'), withListener('other')];

const proxyService = (clusterIP: string): object => ({
  ...m.service('target'),
  spec: { type: 'ClusterIP', clusterIP, ports: [{ port: 80 }] },
});
const renamed = m.envoyProxy({ provider: { kubernetes: { envoyService: { name: 'target' } } } });

const across = m.backend('target', { namespace: 'other' });
const farService = (port: number): object => m.service('target', { namespace: 'other', port: { port } });
const grant = m.referenceGrant(
  { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
  { group: '', kind: 'Service', name: 'target' },
  'other',
);

type NoCase =
  | 'refused by translation: it has no target'
  | 'for Kubernetes to follow'
  | 'a name that it gives'
  | 'the name of no object'
  | 'selects requests'
  | 'a name in statistics';

/** Cases of references that routes of each kind have. */
function routeCases(kind: string, route: typeof m.httpRoute): Readonly<Record<string, Case | NoCase>> {
  return {
    [`${kind} spec.parentRefs[]`]: {
      sources: [m.gatewayClass(), m.service(), route([{ backendRefs: [m.backend()] }])],
      target: [m.gateway([m.httpListener()]), m.gateway([m.httpListener({ hostname: 'other.example.com' })])],
    },
    [`${kind} spec.parentRefs[].sectionName`]: {
      sources: [
        m.gatewayClass(),
        m.service(),
        route([{ backendRefs: [m.backend()] }], { parentRefs: [{ name: 'web', sectionName: 'http' }] }),
      ],
      target: toListener,
    },
    [`${kind} spec.rules[].name`]: 'a name that it gives',
    [`${kind} spec.rules[].backendRefs[]`]: {
      sources: [...base, route([{ backendRefs: [m.backend('target')] }])],
      target: toService,
    },
    [`${kind} spec.rules[].backendRefs[].filters[].requestMirror.backendRef`]: {
      sources: [...base, m.service(), route([{ backendRefs: [m.backend('app', { filters: [mirror] })] }])],
      target: toService,
    },
    [`${kind} spec.rules[].filters[].requestMirror.backendRef`]: {
      sources: [...base, m.service(), route([{ backendRefs: [m.backend()], filters: [mirror] }])],
      target: toService,
    },
    [`${kind} spec.rules[].backendRefs[].filters[].extensionRef`]: 'refused by translation: it has no target',
    [`${kind} spec.rules[].filters[].extensionRef`]: 'refused by translation: it has no target',
  };
}

/** Cases by kind and field. A new field fails the test below until its references are added here. */
const cases: Readonly<Record<string, Case | NoCase>> = {
  'HTTPRoute spec.rules[].backendRefs[].filters[].externalAuth.backendRef': {
    sources: [...base, m.service(), m.httpRoute([{ backendRefs: [m.backend('app', { filters: [auth] })] }])],
    target: toService,
  },
  'HTTPRoute spec.rules[].filters[].externalAuth.backendRef': {
    sources: [...base, m.service(), m.httpRoute([{ backendRefs: [m.backend()], filters: [auth] }])],
    target: toService,
  },
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.pod.imagePullSecrets[]': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.pod.nodeSelector': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.pod.priorityClassName': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.imagePullSecrets[]': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.nodeSelector': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.priorityClassName': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyHpa.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyPDB.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyService.loadBalancerClass': 'for Kubernetes to follow',
  // Set by users, and followed as well: its addresses are the Gateway's.
  'EnvoyProxy spec.provider.kubernetes.envoyService.name': {
    sources: [
      m.gatewayClass(),
      m.gateway([m.httpListener()], { infrastructure: { parametersRef: { ...parameters, name: 'proxy' } } }),
      renamed,
    ],
    target: [proxyService('10.96.0.1'), proxyService('10.96.0.2')],
  },
  ...targetCases('EnvoyExtensionPolicy', 'HTTPRoute', { wasm: [{ code: imageCode() }] }),
  'EnvoyExtensionPolicy spec.extProc[].backendRef': 'refused by translation: it has no target',
  'EnvoyExtensionPolicy spec.extProc[].backendRefs[]': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.extensionPolicy({
        targetRefs: [{ kind: 'Gateway', name: 'web' }],
        extProc: [{ backendRefs: [{ name: 'target', port: 80 }] }],
      }),
    ],
    target: toService,
  },
  'EnvoyExtensionPolicy spec.lua[].valueRef': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.extensionPolicy({
        targetRefs: [{ kind: 'Gateway', name: 'web' }],
        lua: [{ type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'target' } }],
      }),
    ],
    target: [
      m.configMap({ lua: 'function envoy_on_request() end' }),
      m.configMap({ lua: 'function envoy_on_response() end' }),
    ],
  },
  'BackendTrafficPolicy spec.rateLimit.local.rules[].clientSelectors[]': 'selects requests',
  'BackendTrafficPolicy spec.responseOverride[].response.body.valueRef': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.policy('BackendTrafficPolicy', {
        targetRefs: [{ kind: 'Gateway', name: 'web' }],
        responseOverride: [
          {
            match: { statusCodes: [{ value: 404 }] },
            response: { body: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'target' } } },
          },
        ],
      }),
    ],
    target: [m.configMap({ 'response.body': 'one' }), m.configMap({ 'response.body': 'two' })],
  },
  'BackendTrafficPolicy spec.telemetry.metrics.routeStatName': 'a name in statistics',
  'EnvoyExtensionPolicy spec.wasm[].code.http.tls.caCertificateRef': {
    sources: [...base, policy({ type: 'HTTP', http: { url: 'https://a.test/p.wasm', tls: fromConfigMap } })],
    target: authorities,
  },
  'EnvoyExtensionPolicy spec.wasm[].code.image.pullSecretRef': {
    sources: [...base, policy(imageCode({ pullSecretRef: { name: 'target' } }))],
    target: [pullSecret('one'), pullSecret('two')],
  },
  'EnvoyExtensionPolicy spec.wasm[].code.image.tls.caCertificateRef': {
    sources: [...base, policy(imageCode({ tls: fromConfigMap }))],
    target: authorities,
  },
  'Gateway spec.infrastructure.parametersRef': {
    sources: [m.gatewayClass(), withParameters],
    target: proxies,
  },
  'GatewayClass spec.controllerName': 'the name of no object',
  'GatewayClass spec.parametersRef': {
    sources: [
      m.gatewayClass('sluice', { ...parameters, namespace: 'default' }),
      m.gateway([m.httpListener()]),
    ],
    target: proxies,
  },
  'Gateway spec.gatewayClassName': {
    sources: [m.gateway([m.httpListener()])],
    target: [m.gatewayClass(), { ...m.gatewayClass(), spec: { controllerName: 'other.dev/controller' } }],
  },
  'Gateway spec.listeners[].allowedRoutes.namespaces.selector': {
    sources: [
      m.gatewayClass(),
      m.gateway([
        m.httpListener({
          allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' } } } },
        }),
      ]),
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
    ],
    target: [namespaceOf('a'), namespaceOf('b')],
  },
  'Gateway spec.listeners[].name': 'a name that it gives',
  'Gateway spec.listeners[].tls.certificateRefs[]': {
    sources: [m.gatewayClass(), m.gateway([https()])],
    target: [
      tlsSecret('target', selfSigned(['a.example.com'])),
      { ...tlsSecret('target', selfSigned(['a.example.com'])), data: {} },
    ],
  },
  ...routeCases('HTTPRoute', m.httpRoute),
  ...routeCases('GRPCRoute', m.grpcRoute),
  'Gateway spec.tls.frontend.default.validation.caCertificateRefs[]': {
    sources: [m.gatewayClass(), serving, withClients({ default: validation })],
    target: clientAuthorities,
  },
  'Gateway spec.tls.frontend.perPort[].tls.validation.caCertificateRefs[]': {
    sources: [
      m.gatewayClass(),
      serving,
      withClients({ default: {}, perPort: [{ port: 443, tls: validation }] }),
    ],
    target: clientAuthorities,
  },
  'ReferenceGrant spec.from[].namespace': {
    sources: [...base, grant, farService(80)],
    target: [m.httpRoute([{ backendRefs: [across] }]), m.httpRoute([{ backendRefs: [m.backend()] }])],
  },
  'ReferenceGrant spec.to[].name': {
    sources: [...base, grant, m.httpRoute([{ backendRefs: [across] }])],
    target: [farService(80), farService(81)],
  },
  ...targetCases('SecurityPolicy', 'HTTPRoute'),
  ...targetCases('BackendTrafficPolicy', 'HTTPRoute'),
  ...targetCases('ClientTrafficPolicy', 'Gateway'),
  ...targetCases('EnvoyPatchPolicy', 'Gateway'),
  ...serviceTargetCases('BackendTLSPolicy', backendTls('System')),
  'BackendTLSPolicy spec.validation.caCertificateRefs[]': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.policy('BackendTLSPolicy', {
        targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
        ...backendTls('ConfigMap'),
      }),
    ],
    target: [
      m.configMap({ 'ca.crt': selfSigned(['a.test']).certificate }),
      m.configMap({ 'ca.crt': selfSigned(['b.test']).certificate }),
    ],
  },
  [ofSlice]: {
    sources: [
      ...base,
      m.httpRoute([{ backendRefs: [m.backend('target')] }]),
      m.endpointSlice(['10.0.0.1'], { service: 'target', portName: 'web' }),
    ],
    target: [
      m.service('target', { port: { name: 'web' } }),
      m.service('target', { port: { name: 'other' } }),
    ],
  },
};

test('every field that refers to another object is tested here', () => {
  const fields = schemas.flatMap(([kind, schema]) =>
    referenceFields(schema).map((field) => `${kind} ${field}`),
  );
  expect([...fields, ofSlice].sort()).toEqual(Object.keys(cases).sort());
});

test('a field that is added is found by its name, or by what it holds, however deep it is', () => {
  const added = z.object({
    spec: z.object({
      list: z.array(z.union([z.object({ certificateRef: z.unknown() }), z.object({ other: z.string() })])),
      peer: objectName.optional(),
      home: z.array(namespaceName.default('default')).max(2).prefault([]),
      those: z.lazy(() => labelSelector.transform((value) => value)),
      credentialsSecret: z.string(),
      plain: z.string(),
    }),
  });
  expect(referenceFields(added)).toEqual([
    'spec.credentialsSecret',
    'spec.home[]',
    'spec.list[].certificateRef',
    'spec.peer',
    'spec.those',
  ]);
});

const targeted = Object.entries(cases).flatMap(([field, found]): [string, Case][] =>
  typeof found === 'string' ? [] : [[field, found]],
);

test.each(targeted)(
  '%s: a change of the target is noticed by what refers to it',
  async (_, { sources, target }) => {
    const [before, after] = target;
    const pipeline = await Pipeline.started([...sources, before], managed);
    const incremental = await outputs(pipeline, before, after);
    const [first, second] = [await fresh([...sources, before]), await fresh([...sources, after])];
    expect(first).not.toEqual(second);
    expect(incremental).toEqual([first, second, first]);
  },
);

test.each(targeted)('%s: a target that goes, and comes back, is noticed', async (_, { sources, target }) => {
  const [present] = target;
  const pipeline = await Pipeline.started([...sources, present], managed);
  const whole = dump(pipeline);
  pipeline.delete(present);
  await pipeline.drain();
  const without = dump(pipeline);
  expect(without).toEqual(await fresh(sources));
  expect(without).not.toEqual(whole);
  pipeline.apply(present);
  await pipeline.settle();
  expect(dump(pipeline)).toEqual(whole);
});

const managed = { settings: { managedProxies: true, lua: true } };

async function outputs(pipeline: Pipeline, before: object, after: object): Promise<object[]> {
  const first = dump(pipeline);
  pipeline.apply(after);
  await pipeline.drain();
  const second = dump(pipeline);
  pipeline.apply(before);
  await pipeline.drain();
  return [first, second, dump(pipeline)];
}

async function fresh(manifests: readonly object[]): Promise<object> {
  return dump(await Pipeline.started(manifests, managed));
}

function dump(pipeline: Pipeline): object {
  const { reports } = pipeline.controller;
  const statuses = [...reports.objects()].sort().map((object) => [object, reports.status(object)]);
  return {
    statuses,
    view: pipeline.view(),
    infrastructure: pipeline.controller.infrastructure('default/web'),
    modules: [...pipeline.modules].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function namespaceOf(team: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team } } };
}
