import type { Manifest } from '../kube-client.ts';
import {
  answer,
  answeringRule,
  authority,
  backend,
  closing,
  draft,
  envoyProxy,
  gatewayApi,
  httpListener,
  httpsListener,
  listenerSet,
  outsideRule,
  plugin,
  policy,
  route,
  rule,
  service,
  slice,
  tlsSecret,
  type Draft,
} from './fixture-manifests.ts';

/** `sluice.dev/fixture=NAME` is on every object of a fixture. */
export const fixtureLabel = 'sluice.dev/fixture';

export function controllerOf(fixture: string): string {
  return `sluice.dev/${fixture}`;
}

/**
 * A Gateway and objects of every kind, all of which change its output, so that a missing or an old one shows. Those of
 * `kind` are of the generation, others of 0. Each generation edits, deletes and adds one, where the kind allows it.
 */
export function fixtureObjects(fixture: string, kind: string, generation: number): Manifest[] {
  const of = (one: string): number => (one === kind ? generation : 0);
  return [
    ...namespaces(fixture, of('Namespace')),
    ...gatewayClasses(fixture, of('GatewayClass')),
    ...envoyProxies(of('EnvoyProxy')),
    ...secrets(of('Secret')),
    ...configMaps(of('ConfigMap')),
    ...services(of('Service')),
    ...endpointSlices(of('EndpointSlice')),
    ...grants(fixture, of('ReferenceGrant')),
    ...gateways(fixture, of('Gateway')),
    ...listenerSets(of('ListenerSet')),
    ...routes(fixture, of('HTTPRoute')),
    ...answers(of('HTTPRouteFilter')),
    ...backends(of('Backend')),
    ...policies(of('EnvoyExtensionPolicy')),
    ...securityPolicies(of('SecurityPolicy')),
  ].map((one) => placed(one, fixture));
}

/** Its kind is not `kind`, so that its changes reach proxies in any case. */
export function canary(fixture: string, kind: string, count: number): Manifest {
  const isOther = kind !== 'EndpointSlice';
  const one = isOther
    ? slice('canary-1', 'canary', `10.9.${count}.1`)
    : route('canary', 'canary.test', [rule('keeps', `/canary-${count}`)]);
  return placed(one, fixture);
}

function placed({ namespace, ...object }: Draft, fixture: string): Manifest {
  const clusterScoped = object.kind === 'Namespace' || object.kind === 'GatewayClass';
  const { labels, ...metadata } = object.metadata;
  const place = clusterScoped ? {} : { namespace: namespace === 'b' ? `${fixture}-b` : fixture };
  return { ...object, metadata: { ...metadata, ...place, labels: { ...labels, [fixtureLabel]: fixture } } };
}

function parity(generation: number): 'even' | 'odd' {
  return generation % 2 === 0 ? 'even' : 'odd';
}

/** Only labels change: a deleted Namespace stays as long as its contents. */
function namespaces(fixture: string, generation: number): Draft[] {
  return [
    draft('v1', 'Namespace', fixture, {}),
    draft('v1', 'Namespace', `${fixture}-b`, {}, { serves: parity(generation) }),
  ];
}

function gatewayClasses(fixture: string, generation: number): Draft[] {
  const ofProxy = (name: string): object => {
    const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name, namespace: fixture };
    return { spec: { controllerName: controllerOf(fixture), parametersRef } };
  };
  return [
    draft(gatewayApi, 'GatewayClass', fixture, ofProxy(`proxy-${parity(generation)}`)),
    draft(gatewayApi, 'GatewayClass', `${fixture}-${parity(generation)}`, ofProxy('proxy-even')),
  ];
}

function envoyProxies(generation: number): Draft[] {
  return [
    envoyProxy('proxy-even', `even ${generation}`),
    envoyProxy('proxy-odd', `odd ${generation}`),
    envoyProxy(`spare-${parity(generation)}`, 'spare'),
  ];
}

function secrets(generation: number): Draft[] {
  const comes = parity(generation);
  return [
    tlsSecret('keeps', 'keeps.test'),
    tlsSecret('changes', `${generation}.test`),
    tlsSecret(comes, `${comes}.test`),
  ];
}

function configMaps(generation: number): Draft[] {
  const host = `${generation}.test`;
  return [authority('changes', host), authority(parity(generation), host)];
}

function services(generation: number): Draft[] {
  const appProtocol = generation % 2 === 0 ? {} : { appProtocol: 'kubernetes.io/h2c' };
  return [
    service('keeps'),
    service('canary'),
    service('changes', appProtocol),
    service(parity(generation)),
    ...['keeps', 'even', 'odd'].map((name): Draft => ({ ...service(name), namespace: 'b' })),
  ];
}

function endpointSlices(generation: number): Draft[] {
  return [
    slice('keeps-1', 'keeps', '10.1.0.1'),
    slice('changes-1', 'changes', `10.2.${generation % 250}.1`),
    slice(`changes-${parity(generation)}`, 'changes', '10.2.251.1'),
    { ...slice('keeps-1', 'keeps', '10.3.0.1'), namespace: 'b' },
  ];
}

/** Always one Service, and one of two in turn. */
function grants(fixture: string, generation: number): Draft[] {
  const from = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: fixture }];
  const grant = (name: string, to: string): Draft => ({
    ...draft('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', name, {
      spec: { from, to: [{ group: '', kind: 'Service', name: to }] },
    }),
    namespace: 'b',
  });
  return [grant(parity(generation), 'keeps'), grant('changes', parity(generation))];
}

function gateways(fixture: string, generation: number): Draft[] {
  const http = { name: 'http', port: 80, protocol: 'HTTP' };
  const gateway = (name: string, listeners: readonly object[]): Draft =>
    draft(gatewayApi, 'Gateway', name, {
      spec: {
        gatewayClassName: fixture,
        listeners,
        allowedListeners: { namespaces: { from: 'Same' } },
      },
    });
  return [
    gateway('web', [
      http,
      httpListener('even', 8080),
      httpListener('odd', 8081),
      httpsListener('keeps', 443),
      httpsListener('changes', 8443),
      httpsListener('even', 8444),
      httpsListener('odd', 8445),
      { name: 'extra', port: 9000 + generation, protocol: 'HTTP' },
    ]),
    gateway(parity(generation), [http]),
  ];
}

function routes(fixture: string, generation: number): Draft[] {
  const across = ['keeps', 'even', 'odd'].map((name) => rule(name, `/${name}`, `${fixture}-b`));
  const changes = [rule('changes', `/${generation}`), rule('even', '/even'), rule('odd', '/odd')];
  const toKeeps = [rule('keeps', '/')];
  const ofBoth = ['even', 'odd'].map((sectionName) => ({ name: 'web', namespace: fixture, sectionName }));
  return [
    route('keeps', 'keeps.test', toKeeps),
    route('changes', 'changes.test', changes),
    route(parity(generation), `${parity(generation)}.test`, toKeeps),
    route('canary', 'canary.test', [rule('canary', '/')]),
    route('across', 'across.test', across),
    route('plugged', 'plugged.test', toKeeps),
    route('guarded', 'guarded.test', guardedRules),
    route('answered', 'answered.test', ['changes', 'even', 'odd'].map(answeringRule)),
    route('outside', 'outside.test', ['changes', 'even', 'odd'].map(outsideRule)),
    { ...route('guest', 'guest.test', toKeeps, ofBoth), namespace: 'b' },
  ];
}

function listenerSets(generation: number): Draft[] {
  const ports = { even: 8090, odd: 8091 };
  const comes = parity(generation);
  return [
    listenerSet('keeps', 8092),
    listenerSet('changes', 10_000 + generation),
    listenerSet(comes, ports[comes]),
  ];
}

function answers(generation: number): Draft[] {
  return [answer('changes', `${generation}`), answer(parity(generation), 'here')];
}

function backends(generation: number): Draft[] {
  return [backend('changes', `10.4.${generation % 250}.1`), backend(parity(generation), '10.5.0.1')];
}

function policies(generation: number): Draft[] {
  return [
    policy('keeps', 'keeps', [plugin('changes', 0), plugin('even', 0), plugin('odd', 0)]),
    policy('changes', 'plugged', [plugin('changes', generation)]),
    policy(parity(generation), 'across', [plugin('changes', 0)]),
  ];
}

/** In turn, a policy closes each of them. */
const guardedRules = ['changes-even', 'changes-odd', 'even', 'odd'].map((name) => ({
  ...rule('keeps', `/${name}`),
  name,
}));

function securityPolicies(generation: number): Draft[] {
  const comes = parity(generation);
  return [closing('changes', 'guarded', `changes-${comes}`), closing(comes, 'guarded', comes)];
}
