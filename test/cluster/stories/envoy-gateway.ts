import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { converge } from '../../rig/envoy/converge.ts';
import type { Cluster } from '../cluster.ts';
import { conditionOf } from '../condition.ts';
import type { Manifest } from '../../rig/kube/kube-client.ts';

const version = 'v1.9.0';
const module = 'github.com/envoyproxy/gateway';
const namespace = 'envoy-gateway-system';

export const envoyGatewayClass = 'envoy-gateway';

/** Builds it once, into the bed's programs; throws on failure. */
export async function buildEnvoyGateway(bin: string): Promise<void> {
  if (existsSync(join(bin, 'envoy-gateway'))) return;
  process.stderr.write(
    `Building Envoy Gateway ${version} in ${bin}, once: six minutes with an empty Go cache\n`,
  );
  const env = { ...process.env, GOBIN: bin, CGO_ENABLED: '0' };
  const go = spawn('go', ['install', `${module}/cmd/envoy-gateway@${version}`], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(go, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Envoy Gateway could not be built: go install ended with ${code}`);
}

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
  const { stdout } = await run('go', ['mod', 'download', '-json', `${module}@${version}`]);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const chart = mkdtempSync(join(tmpdir(), 'envoy-gateway-chart-'));
  cpSync(join(Dir, 'charts', 'gateway-helm'), chart, { recursive: true });
  await run('chmod', ['-R', 'u+w', chart]);
  const values = readFileSync(join(chart, 'values.tmpl.yaml'), 'utf8')
    .replace('${GatewayImage}', `docker.io/envoyproxy/gateway:${version}`)
    .replace('${GatewayImagePullPolicy}', 'IfNotPresent');
  writeFileSync(join(chart, 'values.yaml'), values);
  return chart;
}

const run = promisify(execFile);
const startMs = 60_000;
