import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { clusterNames } from '../../src/infra/cluster-names.ts';
import { typeUrl } from '../../src/publish/type-table.ts';
import { FakeRegistry } from '../rig/wasm/fake-registry.ts';
import { extensionPolicy } from '../rig/objects/manifests.ts';
import { artifact } from '../rig/wasm/wasm-image.ts';
import { callHeaders, callingPlugin, type PluginCall } from '../rig/wasm/caller.ts';
import { converge } from '../rig/envoy/converge.ts';
import { toService, type EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import type { Answer } from '../rig/envoy/http-client.ts';
import { TlsRig, xdsToken } from '../rig/envoy/tls-rig.ts';

let registry: FakeRegistry;
let directory: string;
let tls: TlsRig;
let rig: EnvoyRig;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reach-'));
  registry = await new FakeRegistry({}).start();
  registry.push('plugin', 'v1', artifact(await callingPlugin()));
  tls = await TlsRig.start({
    wasm: { cacheDirectory: directory, trust: [registry.host], plainHttp: [registry.host] },
  });
  ({ rig } = tls);
  await rig.backend('app');
  await rig.serve('a', [toService('app')]);
  await rig.serve('b', [toService('app')]);
  const code = { type: 'Image', image: { url: `${registry.host}/plugin:v1` } };
  rig.apply([
    extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'a' }], wasm: [{ code }] }, { name: 'p' }),
  ]);
  await converge(async () => expect((await call(httpCall('nowhere', '/'))).body).toBe(noSuchCluster));
});

afterAll(async () => {
  await tls.close();
  await registry.close();
  rmSync(directory, { recursive: true });
});

/** Results of host functions: BadArgument, and InternalFailure. */
const noSuchCluster = 'result 02';
const notAllowed = 'result 10';

/** Names in other bootstraps, in Sluice's earlier ones, and those that metrics show. */
test.each(['xds_cluster', 'admin', 'drain', 'xds', 'prometheus_stats', 'sds-grpc'])(
  'a plugin finds no cluster %s',
  async (cluster) => {
    for (const path of ['/config_dump', '/ready', '/drain/drain', '/pause/drain'])
      expect((await call(httpCall(cluster, path))).body).toBe(noSuchCluster);
  },
);

test('metrics tell no name by which a cluster is called', async () => {
  const { admin, drain, xds } = clusterNames(xdsToken);
  const stats = [...(await rig.envoy.stats('.')).keys()].join('\n');
  expect(stats).toMatch(/^cluster\.admin\./m);
  for (const name of [admin, drain, xds]) expect(stats).not.toContain(name);
});

test.each(['/config_dump', '/certs', '/clusters', '/logging', '/quitquitquit', '/healthcheck/fail?x'])(
  'one that has found out the name is not told %s',
  async (path) => {
    const { admin } = clusterNames(xdsToken);
    expect((await call(httpCall(admin, '/ready'))).body).toBe('LIVE\n');
    expect((await call(httpCall(admin, path, 'POST'))).body).toBe(`request to path ${path} not allowed`);
  },
);

test('one that has found out the name of the xDS server gets nothing either', async () => {
  const request = DeltaDiscoveryRequest.encode({
    typeUrl: typeUrl.cluster,
    node: { id: 'plugin', cluster: 'default/web' },
    resourceNamesSubscribe: ['*'],
  }).finish();
  const length = Buffer.alloc(5);
  length.writeUInt32BE(request.length, 1);
  const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
  const headers = {
    ':method': 'POST',
    ':path': path,
    ':authority': 'x',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const { xds: cluster } = clusterNames(xdsToken);
  const body = Buffer.concat([length, request]);
  for (const more of [{}, { 'x-sluice-token': 'guessed' }]) {
    const answer = await call({ kind: 'http', cluster, headers: { ...headers, ...more }, body });
    expect([answer.status, answer.body]).toEqual([200, '']);
  }
  expect(await rig.metrics.registry.metrics()).toContain('sluice_xds_refused_total{reason="token"} 2');
  const known = await call({
    kind: 'http',
    cluster,
    headers: { ...headers, 'x-sluice-token': xdsToken },
    body,
  });
  expect(known.body).toContain('default/app/80');
});

test('a plugin makes no gRPC call, to a cluster or to an address of its own', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // A GrpcService whose `google_grpc` has a target and a prefix of its statistics.
  const google = lengthPrefixed(
    2,
    Buffer.concat([lengthPrefixed(1, Buffer.from(`127.0.0.1:${port}`)), lengthPrefixed(4, Buffer.from('x'))]),
  );
  for (const service of [google, Buffer.from(clusterNames(xdsToken).xds)])
    expect((await call({ kind: 'grpc', service })).body).toBe(notAllowed);
  // By this later request, a connection could have been made.
  expect((await rig.send('b')).status).toBe(200);
  expect(connections).toBe(0);
  server.close();
});

test.each(['xds_cluster', 'admin', 'drain'])('a script finds no cluster %s either', async (cluster) => {
  const script = `function envoy_on_request(handle)
    local ok = pcall(function()
      handle:httpCall('${cluster}', {[':method'] = 'GET', [':path'] = '/ready', [':authority'] = 'x'}, '', 1000)
    end)
    handle:respond({[':status'] = '200'}, 'called: ' .. tostring(ok))
  end`;
  const lua = [{ inline: script }];
  rig.apply([extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'b' }], lua }, { name: 'script' })]);
  await converge(async () => expect((await rig.send('b')).body).toBe('called: false'));
  rig.apply(
    [],
    [extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'b' }], lua }, { name: 'script' })],
  );
});

function call(made: PluginCall): Promise<Answer> {
  return rig.send('a', { headers: callHeaders(made) });
}

function httpCall(cluster: string, path: string, method = 'GET'): PluginCall {
  return { kind: 'http', cluster, headers: { ':method': method, ':path': path, ':authority': 'x' } };
}

/** Content must be shorter than 128 bytes. */
function lengthPrefixed(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([field * 8 + 2, bytes.length]), bytes]);
}
