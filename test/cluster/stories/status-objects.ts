import { selfSigned } from '../../rig/objects/certificate.ts';
import type { Manifest } from '../../rig/kube/kube-client.ts';
import { httpRoute, referenceGrant, service, tlsSecret, toService } from '../manifests.ts';

/** The best form first. */
export type Forms = readonly [Manifest, ...Manifest[]];

/** Cluster-scoped: a name that no other test uses. */
const ourClass = 'story-statuses';
const theirClass = 'story-statuses-theirs';

const gatewayApi = 'gateway.networking.k8s.io/v1';
const envoyApi = 'gateway.envoyproxy.io/v1alpha1';
const controllerName = 'sluice.dev/gateway-controller';

/** Valid and invalid objects in two namespaces; a grant opens `back`. `served`: route kinds that the cluster has. */
export function statusObjects(front: string, back: string, served: ReadonlySet<string>): readonly Forms[] {
  const inFront = [
    ...gateways,
    ...routes(back),
    ...otherRoutes.filter(([{ kind }]) => served.has(kind)),
    ...policies,
    [service('app', none), service('app', { ...none, ports: [{ port: 81 }] })],
    [tlsSecret('cert', selfSigned(['a.test'])), tlsSecret('cert', selfSigned(['b.test']))],
    [object(envoyApi, 'EnvoyProxy', 'proxies', { concurrency: 1 })],
  ] satisfies Forms[];
  const inBack = [
    [service('app', none)],
    [grantTo(front, 'HTTPRoute'), grantTo(front, 'Gateway')],
    [route('guest', { parentRefs: [{ name: 'web', namespace: front }], rules: [toService('app')] })],
  ] satisfies Forms[];
  return [...classes(front), ...within(front, inFront), ...within(back, inBack)];
}

/** Without pods and slices: no status depends on them. */
const none = { selector: null };

function classes(front: string): readonly Forms[] {
  const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', namespace: front };
  return [
    [
      object(gatewayApi, 'GatewayClass', ourClass, {
        controllerName,
        parametersRef: { ...parametersRef, name: 'proxies' },
      }),
      object(gatewayApi, 'GatewayClass', ourClass, {
        controllerName,
        parametersRef: { ...parametersRef, name: 'nothing' },
      }),
      object(gatewayApi, 'GatewayClass', ourClass, { controllerName }),
    ],
    [object(gatewayApi, 'GatewayClass', theirClass, { controllerName: 'example.net/controller' })],
  ];
}

const http = { name: 'http', port: 80, protocol: 'HTTP' };
const tcp = { name: 'tcp', port: 9000, protocol: 'TCP' };

function https(name: string, port: number, secret: string): object {
  return { name, port, protocol: 'HTTPS', tls: { certificateRefs: [{ name: secret }] } };
}

const gateways: readonly Forms[] = [
  [
    gateway('web', [{ ...http, allowedRoutes: { namespaces: { from: 'All' } } }]),
    gateway('web', [{ ...http, hostname: '*.a.test' }, tcp]),
    gateway('web', [tcp]),
  ],
  [
    gateway('secure', [https('https', 443, 'cert')]),
    gateway('secure', [http, https('https', 443, 'nothing')]),
  ],
  [
    gateway('clash', [http, { ...http, name: 'other', port: 8080 }]),
    gateway('clash', [http, https('https', 80, 'cert'), { ...http, name: 'other', port: 8080 }]),
    gateway('clash', [http, { ...http, name: 'same', hostname: 'a.test' }]),
  ],
  [gateway('own', [http], ourClass)],
  [gateway('stray', [http], 'story-statuses-absent'), gateway('stray', [http], theirClass)],
];

function routes(back: string): readonly Forms[] {
  const app = toService('app');
  const filters = [
    { type: 'ExtensionRef', extensionRef: { group: 'example.net', kind: 'Odd', name: 'odd' } },
  ];
  return [
    [httpRoute('good', 'a.test', [app]), httpRoute('good', 'x.a.test', [app])],
    [httpRoute('elsewhere', 'b.test', [app])],
    [httpRoute('backend', 'x.a.test', [app]), httpRoute('backend', 'x.a.test', [toService('nothing')])],
    [httpRoute('across', 'y.a.test', [toService('app', { namespace: back })])],
    [httpRoute('filter', 'z.a.test', [{ ...app, filters }])],
    [
      route('many', {
        parentRefs: [
          { name: 'web' },
          { name: 'secure', sectionName: 'https' },
          { name: 'clash', port: 8080 },
          { name: 'own' },
          { name: 'stray' },
        ],
        rules: [app],
      }),
      route('many', { parentRefs: [{ name: 'own', sectionName: 'nothing' }], rules: [app] }),
      route('many', { parentRefs: [{ name: 'stray' }], rules: [app] }),
    ],
  ];
}

/** Route kinds that Sluice does not serve: their status is always the same. */
const otherRoutes: readonly Forms[] = [
  [object(gatewayApi, 'GRPCRoute', 'grpc', { parentRefs: [{ name: 'web' }] })],
  [
    object(gatewayApi, 'TLSRoute', 'tls', {
      parentRefs: [{ name: 'secure' }],
      hostnames: ['a.test'],
      rules: [toService('app')],
    }),
  ],
];

const policies: readonly Forms[] = [
  [policy('plugin', { kind: 'HTTPRoute', name: 'good' }), policy('plugin', { kind: 'Gateway', name: 'own' })],
  [
    policy('aimless', { kind: 'HTTPRoute', name: 'nothing' }),
    policy('aimless', { kind: 'Gateway', name: 'stray' }),
  ],
];

function policy(name: string, target: object): Manifest {
  return object(envoyApi, 'EnvoyExtensionPolicy', name, {
    targetRefs: [{ group: 'gateway.networking.k8s.io', ...target }],
    wasm: [{ code: { type: 'Image', image: { url: 'registry.invalid/plugin:v1' } } }],
  });
}

function grantTo(front: string, kind: string): Manifest {
  return referenceGrant('from-front', { kind, namespace: front }, 'Service');
}

function gateway(name: string, listeners: readonly object[], gatewayClassName = 'sluice'): Manifest {
  return object(gatewayApi, 'Gateway', name, { gatewayClassName, listeners });
}

function route(name: string, spec: object): Manifest {
  return object(gatewayApi, 'HTTPRoute', name, spec);
}

function object(apiVersion: string, kind: string, name: string, spec: object): Manifest {
  return { apiVersion, kind, metadata: { name }, spec };
}

function within(namespace: string, all: readonly Forms[]): Forms[] {
  return all.map(([first, ...rest]) => {
    const [form, ...forms] = [first, ...rest].map((each) => ({
      ...each,
      metadata: { ...each.metadata, namespace },
    }));
    return [form ?? first, ...forms];
  });
}
