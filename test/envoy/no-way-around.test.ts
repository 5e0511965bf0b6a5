import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { ExtProcServer } from '../rig/envoy/ext-proc-server.ts';
import type { Request } from '../rig/envoy/http-client.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { backend, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { secret } from '../rig/pipeline/security-policy.ts';
import { FakeRegistry } from '../rig/wasm/fake-registry.ts';
import { choosingPlugin } from '../rig/wasm/plugin.ts';
import { artifact } from '../rig/wasm/wasm-image.ts';

/*
 * Each pair of a filter that has Envoy choose another route, and of a part of a SecurityPolicy that protects this one. The
 * first rule of a route takes requests with `x-to: b`; the filter of the second one adds that header.
 */

let rig: EnvoyRig;
let registry: FakeRegistry;
let processor: ExtProcServer;
let directory: string;
const ann = new TokenIssuer('https://ann.test');
const header = { header: 'x-to', value: 'b' };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'no-way-around-'));
  registry = await new FakeRegistry({}).start();
  registry.push('plugin', 'v1', artifact(await choosingPlugin(header.header, header.value)));
  processor = await new ExtProcServer('processor', header).start();
  const hosts = [registry.host];
  rig = await EnvoyRig.start({ wasm: { cacheDirectory: directory, trust: hosts, plainHttp: hosts } });
  for (const name of ['first', 'second']) await rig.backend(name);
  const auth = await rig.backend('auth');
  auth.behaviour = () => ({ kind: 'echo', headers: { 'x-to': 'b' } });
  const silent = await rig.backend('silent');
  silent.behaviour = () => ({ kind: 'status', status: 401 });
  const { port } = processor;
  rig.apply([
    service('processor'),
    endpointSlice(['127.0.0.1'], { name: 'p', service: 'processor', port }),
    secret('users', { '.htpasswd': `ann:{SHA}${createHash('sha1').update('a').digest('base64')}` }),
    secret('keys', { ann: 'a-1' }),
  ]);
});

afterAll(async () => {
  await rig.close();
  processor.close();
  await registry.close();
  rmSync(directory, { recursive: true });
});

const jwt = (fields: object = {}) => ({
  jwt: { providers: [{ name: 'p', issuer: ann.issuer, localJWKS: { inline: ann.keySet }, ...fields }] },
});
const extAuth = (name: string, fields: object = {}) => ({
  extAuth: { http: { backendRefs: [backend(name)], headersToBackend: ['x-to'] }, ...fields },
});

/** Also writes the state that says which policy protects the first route. */
const forging = (route: string) => `function envoy_on_request(h)
  h:streamInfo():filterState():set('sluice.protection', 'envoy.string', 'default/${route}')
  h:headers():replace('x-to', 'b') h:clearRouteCache() end`;
const script = "function envoy_on_request(h) h:headers():replace('x-to', 'b') h:clearRouteCache() end";
const image = () => ({ url: `${registry.host}/plugin:v1` });

/** Policies that have another route chosen. */
const choosing: Readonly<Record<string, () => { readonly kind: string; readonly spec: object }>> = {
  'a script': plugins(() => ({ lua: [{ type: 'Inline', inline: script }] })),
  'a module': plugins(() => ({ wasm: [{ code: { type: 'Image', image: image() } }] })),
  'a processor': plugins(() => ({
    extProc: [{ backendRefs: [backend('processor')], processingMode: { request: {} }, messageTimeout: '5s' }],
  })),
  tokens: () => ({ kind: 'SecurityPolicy', spec: jwt(byClaim) }),
  'a server': () => ({ kind: 'SecurityPolicy', spec: extAuth('auth', { recomputeRoute: true }) }),
};

const byClaim = { recomputeRoute: true, claimToHeaders: [{ header: 'x-to', claim: 'to' }] };

function plugins(spec: () => object) {
  return () => ({ kind: 'EnvoyExtensionPolicy', spec: spec() });
}

/** Parts of a SecurityPolicy, and what a request gets that does not fulfil them. */
const protecting: Readonly<Record<string, readonly [object, number]>> = {
  basicAuth: [{ basicAuth: { users: { name: 'users' } } }, 401],
  apiKeyAuth: [
    { apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] } },
    401,
  ],
  jwt: [jwt({ name: 'other', issuer: 'https://bob.test' }), 401],
  extAuth: [extAuth('silent'), 401],
  authorization: [{ authorization: {} }, 403],
  csrf: [{ csrf: {} }, 403],
};

/** Has a token, which is refused where another issuer's is asked for. */
const request: Request = { method: 'POST', headers: ann.headers({ to: 'b' }) };
const toB = [{ headers: [{ name: 'x-to', value: 'b' }] }];
const rules = [
  { name: 'b', matches: toB, backendRefs: [backend('second')] },
  { name: 'a', backendRefs: [backend('first')] },
];

function at(route: string, rule: string, kind: string, spec: object): object {
  const targetRefs = [{ kind: 'HTTPRoute', name: route, sectionName: rule }];
  return policy(kind, { targetRefs, ...spec }, { name: `${route}-${rule}` });
}

test.each(Object.keys(choosing))('%s leads to another route, but to none that is protected', async (by) => {
  const { kind, spec } = choosing[by]?.() ?? { kind: '', spec: {} };
  const name = `free-${by.replace(' ', '-')}`;
  rig.apply([at(name, 'a', kind, spec)]);
  await rig.serve(name, rules);
  await converge(async () => expect(await rig.answers(name, [request])).toEqual(['second']));
  for (const [part, [protection, refusal]] of Object.entries(protecting)) {
    const route = `${part.toLowerCase()}-${by.replace(' ', '-')}`;
    rig.apply([at(route, 'a', kind, spec), at(route, 'b', 'SecurityPolicy', protection)]);
    await rig.serve(route, rules);
    const headers = { ...request.headers, 'x-to': 'b' };
    const [direct, around] = await converge(async () => {
      const answers = await rig.answers(route, [{ ...request, headers }, request]);
      // The right to a module is found beside translation, and its route is closed until then.
      if (answers.includes(503)) throw new Error(`${route} is not open yet`);
      return answers;
    });
    expect({ part, direct, around }).toEqual({ part, direct: refusal, around: 403 });
  }
  expect(rig.backends.get('second')?.requests).toHaveLength(1);
  rig.backends.get('second')?.requests.splice(0);
});

test.each<[string, object]>([
  ['claims', jwt(byClaim)],
  ['the headers of a server', extAuth('auth', { recomputeRoute: true })],
])('%s choose among the routes of one policy', async (_, spec) => {
  const name = `one-${Object.keys(spec)[0]?.toLowerCase()}`;
  rig.apply([policy('SecurityPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...spec }, { name })]);
  await rig.serve(name, rules);
  expect(await rig.answers(name, [request])).toEqual(['second']);
});

test('a server of the route alone protects it, too', async () => {
  const externalAuth = { protocol: 'HTTP', backendRef: backend('silent') };
  rig.apply([at('filter', 'a', 'EnvoyExtensionPolicy', { lua: [{ type: 'Inline', inline: script }] })]);
  const [b, a] = rules;
  await rig.serve('filter', [{ ...b, filters: [{ type: 'ExternalAuth', externalAuth }] }, { ...a }]);
  const direct = { headers: { 'x-to': 'b' } };
  expect(await rig.answers('filter', [direct, request])).toEqual([401, 403]);
});

test('a script cannot say that another policy protects its route', async () => {
  rig.apply([
    at('forged', 'a', 'EnvoyExtensionPolicy', { lua: [{ type: 'Inline', inline: forging('forged-b') }] }),
    at('forged', 'b', 'SecurityPolicy', { authorization: {} }),
    at('forging', 'a', 'EnvoyExtensionPolicy', { lua: [{ type: 'Inline', inline: forging('x') }] }),
  ]);
  await rig.serve('forging', rules);
  await rig.serve('forged', rules);
  expect(await rig.answers('forging', ['/'])).toEqual(['second']);
  expect(await rig.answers('forged', ['/'])).toEqual([403]);
});

test('a header that stands for a claim is no choice of the client', async () => {
  const name = 'claimed';
  const other = new TokenIssuer('https://other.test');
  const second = { name: 'other', issuer: other.issuer, localJWKS: { inline: other.keySet } };
  const { providers } = jwt(byClaim).jwt;
  const spec = { jwt: { providers: [...providers, second] } };
  rig.apply([policy('SecurityPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...spec }, { name })]);
  await rig.serve(name, rules);
  const tokens = [ann.headers(), ann.headers({ to: 'c' }), other.headers(), other.headers({ to: 'b' })];
  const requests = tokens.map((headers) => ({ headers: { ...headers, 'x-to': 'b' } }));
  expect(await rig.answers(name, requests)).toEqual(['first', 'first', 'first', 'first']);
});
