import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { clusterNames } from '../../src/infra/cluster-names.ts';
import { must } from '../../src/lib/assert.ts';
import { typeUrl } from '../../src/publish/type-table.ts';
import { converge } from '../rig/envoy/converge.ts';
import { callHeaders, callingPlugin } from '../rig/wasm/caller.ts';
import { plugin, pluginHeader } from '../rig/wasm/plugin.ts';
import { askingOften, ClusterRegistry } from './cluster-registry.ts';
import { conditionOf, type Condition } from './condition.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService, wasmPolicy } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';
import { helmInstall, installEnvoyCrds, sluiceIsReady } from './sluice.ts';

const http = { name: 'http', port: 80, protocol: 'HTTP' };
let ns: TestNamespace;
let registry: ClusterRegistry;

beforeAll(async () => {
  ns = await TestNamespace.open('plugin');
  await installEnvoyCrds(ns.kube, 'EnvoyExtensionPolicy');
  await helmInstall(...askingOften);
  await sluiceIsReady(ns.kube);
  registry = await ClusterRegistry.start(ns);
  await registry.push('v1', await plugin('one'));
  await registry.push('caller', await callingPlugin());
  await ns.apply(
    gateway([{ ...http, allowedRoutes: { namespaces: { from: 'All' } } }]),
    service('app'),
    echoPods('app'),
    httpRoute('a', 'a.test', [toService('app')]),
    httpRoute('b', 'b.test', [toService('app')]),
  );
  await ns.answers('b.test', 200);
});
afterAll(async () => {
  await registry.close();
  await ns.close();
  await helmInstall();
});

const absent = policyOf({ type: 'Image', image: { url: 'registry.invalid/plugin:v1' } });

test('a plugin whose registry is not there closes its own routes, and its policy says why', async () => {
  await ns.answers('a.test', 200);
  await ns.apply(absent);
  await ns.answers('a.test', 503);
  expect((await ns.ask('b.test')).status).toBe(200);
  const condition = await resolvedRefs(/registry\.invalid/);
  expect(condition.status).toBe('False');
  expect(conditionOf(await ns.get(absent), 'Accepted')?.status).toBe('True');
  await ns.delete(absent);
  await ns.answers('a.test', 200);
});

test('a plugin of a registry in the cluster runs in the proxies, on its own routes', async () => {
  await ns.apply(policyOf(registry.code('v1')));
  await runs('one');
  expect((await ns.ask('b.test')).headers.get(pluginHeader)).toBeUndefined();
  expect((await resolvedRefs(isWell)).status).toBe('True');
});

test('a tag that moves takes effect by itself', async () => {
  await registry.push('v1', await plugin('two'));
  await runs('two');
});

test('a registry that hangs after that costs nothing but a word about it, and its return is noticed', async () => {
  registry.fault = { kind: 'hang' };
  const condition = await resolvedRefs(/the last check of it failed/);
  expect(condition.status).toBe('True');
  expect((await ns.ask('a.test')).headers.get(pluginHeader)).toEqual(['two']);
  await ns.apply(httpRoute('c', 'c.test', [toService('app')]));
  await ns.answers('c.test', 200);
  registry.fault = { kind: 'none' };
  await resolvedRefs(isWell);
});

test('a password that is no longer right is noticed, and so is the Secret with the new one', async () => {
  registry.letIn('rotated');
  const denied = await resolvedRefs(/UNAUTHORIZED/);
  expect(denied).toMatchObject({ status: 'False', reason: 'Denied' });
  await ns.answers('a.test', 503);
  expect((await ns.ask('b.test')).status).toBe(200);
  await registry.setPassword('rotated');
  await runs('two');
  expect((await resolvedRefs(isWell)).status).toBe('True');
});

test('a plugin reaches neither Sluice nor the admin server, by names of before or by those of now', async () => {
  await ns.apply(wasmPolicy('caller', 'b', registry.code('caller')));
  const ask = async (cluster: string, path: string): Promise<string> => {
    const headers = { ':method': 'GET', ':path': path, ':authority': 'x' };
    return (await ns.ask('b.test', { headers: callHeaders({ kind: 'http', cluster, headers }) })).body;
  };
  await converge(async () => expect(await ask('nowhere', '/')).toBe(noSuchCluster), noticedMs);
  for (const cluster of ['xds_cluster', 'admin', 'drain'])
    expect(await ask(cluster, '/config_dump')).toBe(noSuchCluster);
  const { admin, xds, token } = await secretsOfBootstrap();
  expect(await ask(admin, '/config_dump')).toBe('request to path /config_dump not allowed');
  const request = DeltaDiscoveryRequest.encode({
    typeUrl: typeUrl.cluster,
    node: { id: 'plugin', cluster: `${ns.namespace}/web` },
    resourceNamesSubscribe: ['*'],
  }).finish();
  const length = Buffer.alloc(5);
  length.writeUInt32BE(request.length, 1);
  const headers = {
    ':method': 'POST',
    ':path': '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
    ':authority': 'x',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const call = { kind: 'http', cluster: xds, headers, body: Buffer.concat([length, request]) } as const;
  expect((await ns.ask('b.test', { headers: callHeaders(call) })).body).toBe('');
  const known = { ...call, headers: { ...headers, 'x-sluice-token': token } };
  expect((await ns.ask('b.test', { headers: callHeaders(known) })).body).toContain(`${ns.namespace}/app`);
  await ns.delete(wasmPolicy('caller', 'b', {}));
});

test('a plugin of another namespace is let in by the owner of the Gateway alone, and its policy says so', async () => {
  const namespace = `${ns.namespace}-tenant`;
  const tenant = <T extends Manifest>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, namespace },
  });
  const policy = tenant(
    wasmPolicy('plugin', 'tenant', { type: 'Image', image: { url: 'registry.invalid/x:v1' } }),
  );
  const route = httpRoute('tenant', 'tenant.test', [toService('app')]);
  const parentRefs = [{ name: 'web', namespace: ns.namespace }];
  await ns.kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await ns.apply(tenant({ ...route, spec: { ...(route['spec'] as object), parentRefs } }), policy);
  await ns.answers('tenant.test', 500);
  const accepted = await converge(
    async () => conditionOf(await ns.get(policy), 'Accepted') ?? false,
    noticedMs,
  );
  expect(accepted).toMatchObject({ status: 'False', reason: 'PluginsNotPermitted' });
  expect(accepted.message).toContain('sluice.dev/plugins-from');
  await ns.merge(gateway(), { metadata: { annotations: { 'sluice.dev/plugins-from': namespace } } });
  await ns.answers('tenant.test', 503);
  await ns.kube.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

const isWell = /^the code of every plugin is there$/;

function policyOf(code: object): Manifest {
  return wasmPolicy('plugin', 'a', code);
}

/** Result of a host function for an unknown cluster name. */
const noSuchCluster = 'result 02';

/** Reads as the owner of the Gateway's namespace may; no plugin may. */
async function secretsOfBootstrap(): Promise<{ admin: string; xds: string; token: string }> {
  const labels = 'gateway.networking.k8s.io/gateway-name=web';
  const secrets = await ns.kube.list({ apiVersion: 'v1', kind: 'Secret' }, ns.namespace, labels);
  const secret = secrets.find(({ metadata }) => metadata.name.endsWith('-config'));
  const data = must(secret?.['data'] as Record<string, string> | undefined, 'Secret of the bootstrap');
  const text = Buffer.from(must(data['bootstrap.json'], 'bootstrap'), 'base64').toString();
  const token = must(/"x-sluice-token",\s*"value": "([^"]+)"/.exec(text)?.[1], 'token');
  return { ...clusterNames(token), token };
}

async function resolvedRefs(message: RegExp): Promise<Condition> {
  return await converge(async () => {
    const found = conditionOf(await ns.get(absent), 'ResolvedRefs');
    if (found === undefined || !message.test(found.message))
      throw new Error(`the policy says: ${found?.message}`);
    return found;
  }, noticedMs);
}

async function runs(value: string): Promise<void> {
  await converge(async () => {
    const { status, headers } = await ns.ask('a.test');
    expect([status, headers.get(pluginHeader)]).toEqual([200, [value]]);
  }, noticedMs);
}

/** An attempt at a hanging registry takes seconds, as does the way of a new plugin to a proxy. */
const noticedMs = 60_000;
