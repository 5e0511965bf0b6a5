import { createHash } from 'node:crypto';
import { TokenIssuer } from '../envoy/token-issuer.ts';
import * as m from '../objects/manifests.ts';
import { secret } from '../pipeline/security-policy.ts';

/** Objects that policies of the model name. Those of one name differ by namespace, so that a wrong one shows. */

export const routeNamespace = 'apps';
export const gatewayNamespace = 'default';
export const routeNames: readonly string[] = Array.from({ length: 16 }, (_, i) => `r${i}`);
export const listenerNames = ['a', 'b', 'c'] as const;
export type ListenerName = (typeof listenerNames)[number];
/** The listener of the ListenerSet; the others are the Gateway's own. */
export const setListener = 'c';
export const ruleNames = ['in', 'rest'] as const;
export type RuleName = (typeof ruleNames)[number];

export const issuers = {
  a: new TokenIssuer('https://a.test'),
  b: new TokenIssuer('https://b.test'),
  /** Has the name of the first one, and other keys. */
  stranger: new TokenIssuer('https://a.test'),
};

export const keySets = { a: issuers.a.keySet, b: issuers.b.keySet } as const;

/** Users by their Secret; the password of each is the name. */
export const usersOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['default/users', ['ann']],
  ['apps/users', ['bob']],
  ['vault/users', ['dan']],
]);

/** Keys of clients by their Secret. */
export const keysOf: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['default/keys', new Map([['ann', 'key-of-ann']])],
  ['apps/keys', new Map([['bob', 'key-of-bob']])],
  [
    'default/more',
    new Map([
      ['ann', 'other-key-of-ann'],
      ['cat', 'key-of-cat'],
    ]),
  ],
  ['apps/more', new Map([['cat', 'key-of-cat']])],
  ['vault/keys', new Map([['dan', 'key-of-dan']])],
]);

/** Issuers whose keys a ConfigMap has. */
export const keySetsOf: ReadonlyMap<string, 'a' | 'b'> = new Map([
  ['default/tokens', 'a'],
  ['apps/tokens', 'b'],
]);

/** The one namespace whose SecurityPolicies may name Secrets of `vault`. */
export const granted = 'apps';

export const named: readonly object[] = [
  ...[...usersOf].map(([key, users]) => secretAt(key, { '.htpasswd': users.map(lineOf).join('\n') })),
  ...[...keysOf].map(([key, keys]) => secretAt(key, Object.fromEntries(keys))),
  ...[...keySetsOf].map(([key, issuer]) => configMapAt(key, keySets[issuer])),
  ...['default', 'apps'].flatMap((namespace) => [
    secretAt(`${namespace}/plain`, { '.htpasswd': 'ann:ann\nbob:bob' }),
    secretAt(`${namespace}/empty`, {}),
    secretAt(`${namespace}/twice`, { one: 'same', two: 'same' }),
    configMapAt(`${namespace}/no-keys`, '{"keys":[]}'),
  ]),
  m.referenceGrant(
    { group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy', namespace: granted },
    { group: '', kind: 'Secret' },
    'vault',
  ),
];

/** Returns the routes, with a rule for `/in` and one for the rest, at every listener. */
export function routesTo(backend: object): object[] {
  const parentRefs = [
    { name: 'web', namespace: gatewayNamespace },
    { group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'set', namespace: gatewayNamespace },
  ];
  const rules = [
    { name: 'in', matches: [m.prefix('/in')], backendRefs: [backend] },
    { name: 'rest', backendRefs: [backend] },
  ];
  return routeNames.map((name) =>
    m.httpRoute(rules, {
      name,
      namespace: routeNamespace,
      parentRefs,
      hostnames: [`${name}.test`],
      labels: { route: name },
    }),
  );
}

/** Returns the Gateway and its ListenerSet, with one port for each listener. */
export function gatewayAt([a, b, c]: readonly number[]): object[] {
  return [
    m.gateway([listener('a', a), listener('b', b)], {
      allowedListeners: { namespaces: { from: 'Same' } },
    }),
    m.listenerSet([listener('c', c)]),
  ];
}

function lineOf(name: string): string {
  return `${name}:{SHA}${createHash('sha1').update(name).digest('base64')}`;
}

function secretAt(key: string, data: object): object {
  const [namespace = '', name = ''] = key.split('/');
  return secret(name, data, namespace);
}

function configMapAt(key: string, jwks: string): object {
  const [namespace = '', name = ''] = key.split('/');
  return m.configMap({ jwks }, { name, namespace });
}

function listener(name: ListenerName, port: number | undefined): object {
  return m.httpListener({ name, port, allowedRoutes: { namespaces: { from: 'All' } } });
}
