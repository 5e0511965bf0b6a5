import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
const folder = mkdtempSync(join(tmpdir(), 'sluice-access-log-'));

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  await rig.serve('log', [toService('app')]);
});

afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});

test('a file gets a line of JSON for each request, with the fields that Envoy Gateway writes', async () => {
  const path = join(folder, 'json');
  await logTo([
    {
      sinks: [
        { type: 'File', file: { path } },
        { type: 'File', file: { path: '/dev/stdout' } },
      ],
    },
  ]);
  await rig.send('log', { path: '/some/where?a=b' });
  const line = JSON.parse(await firstLine(path)) as object;
  expect(line).toMatchObject({
    ':authority': 'log.test',
    method: 'GET',
    'x-envoy-origin-path': '/some/where?a=b',
    protocol: 'HTTP/1.1',
    response_code: 200,
    route_name: 'default/log/0/0',
    upstream_cluster: 'default/app/80/http1',
  });
});

test('a format of every form of command is taken as it is written', async () => {
  const path = join(folder, 'text');
  const text =
    '%REQ(:METHOD)% %PATH(NQ:PATH)% %PATH:3% %REQ(X-NONE?:AUTHORITY):3% %QUERY_PARAM(a)% 100%% %START_TIME(%Y)% ' +
    '%COMMON_DURATION(DS_RX_BEG:DS_RX_END:ms)% %UPSTREAM_PEER_CERT_V_END(%b)% %RESPONSE_CODE_DETAILS%\n';
  await logTo([{ format: { type: 'Text', text }, sinks: [{ type: 'File', file: { path } }] }]);
  await rig.send('log', { path: '/some/where?a=b' });
  expect(await firstLine(path)).toMatch(/^GET .* log b 100% \d{4} \d+ - via_upstream$/);
});

async function logTo(settings: readonly object[]): Promise<void> {
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy', namespace: 'default' };
  rig.apply([m.gatewayClass('sluice', ref), m.envoyProxy({ telemetry: { accessLog: { settings } } })]);
  await rig.settled();
}

/** Envoy writes its logs every second. */
async function firstLine(path: string): Promise<string> {
  let found = '';
  await converge(() => {
    found = readFileSync(path, 'utf8');
    return found.includes('\n');
  });
  return found.split('\n')[0] ?? '';
}
