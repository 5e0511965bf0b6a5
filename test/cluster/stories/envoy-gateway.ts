import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { converge } from '../../rig/envoy/converge.ts';
import type { Cluster } from '../cluster.ts';
import { conditionOf } from '../condition.ts';
import { envoyGatewayProgram } from '../../rig/peers/envoy-gateway-program.ts';
import { moduleFolder } from '../../rig/peers/go-program.ts';
import type { Manifest } from '../../rig/kube/kube-client.ts';

const namespace = 'envoy-gateway-system';

export const envoyGatewayClass = 'envoy-gateway';

/** Uses its own chart with defaults, which also brings its CRDs. */
export async function ensureEnvoyGateway({ kube }: Cluster): Promise<void> {
  const chart = await preparedChart();
  try {
    const wait = ['--wait', '--timeout', '3m'];
    await run('helm', ['install', 'eg', chart, '--namespace', namespace, '--create-namespace', ...wait]);
  } finally {
    rmSync(chart, { recursive: true });
  }
  await kube.apply(proxies, gatewayClass);
  await converge(async () => {
    const found = await kube.get(gatewayClass);
    return found !== undefined && conditionOf(found, 'Accepted')?.status === 'True';
  }, startMs);
}

/** No access log, as is Sluice's default. */
const proxies: Manifest = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyProxy',
  metadata: { name: 'proxies', namespace },
  spec: { telemetry: { accessLog: { disable: true } } },
};

const gatewayClass: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: envoyGatewayClass },
  spec: {
    controllerName: 'gateway.envoyproxy.io/gatewayclass-controller',
    parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxies', namespace },
  },
};

/** The chart of a release: in the module, its values lack the image. */
async function preparedChart(): Promise<string> {
  const folder = await moduleFolder(envoyGatewayProgram);
  const chart = mkdtempSync(join(tmpdir(), 'envoy-gateway-chart-'));
  cpSync(join(folder, 'charts', 'gateway-helm'), chart, { recursive: true });
  await run('chmod', ['-R', 'u+w', chart]);
  const values = readFileSync(join(chart, 'values.tmpl.yaml'), 'utf8')
    .replace('${GatewayImage}', `docker.io/envoyproxy/gateway:${envoyGatewayProgram.version}`)
    .replace('${GatewayImagePullPolicy}', 'IfNotPresent');
  writeFileSync(join(chart, 'values.yaml'), values);
  return chart;
}

const run = promisify(execFile);
const startMs = 60_000;
