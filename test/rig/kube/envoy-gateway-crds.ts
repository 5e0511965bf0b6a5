import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { crdFields, type Crd } from './crd-fields.ts';
import type { KubeObject } from './kube-client.ts';

/**
 * Release of Envoy Gateway whose CRDs `docs/envoy-gateway-fields.md` compares and the cluster tests install. The peer of
 * the benchmarks has a version of its own, that of the committed figures.
 */
export const envoyGatewayRelease = 'v1.9.1';

/** Returns the folder of the module of Envoy Gateway, which Go fetches where it is missing. */
export async function envoyGatewayFolder(): Promise<string> {
  const args = ['mod', 'download', '-json', `github.com/envoyproxy/gateway@${envoyGatewayRelease}`];
  const { stdout } = await promisify(execFile)('go', args, { cwd: tmpdir() });
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
}

/** Reads the CRDs of these kinds of Envoy Gateway from its chart; without any, all of them. */
export async function envoyGatewayCrds(...kinds: readonly string[]): Promise<(Crd & KubeObject)[]> {
  const folder = join(await envoyGatewayFolder(), 'charts/gateway-helm/charts/crds/crds/generated');
  const texts = globSync('gateway.envoyproxy.io_*.yaml', { cwd: folder })
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  // Before it is parsed: that of EnvoyProxy takes seconds.
  const wanted = texts.filter((text) => kinds.length === 0 || kinds.includes(kindIn(text)));
  if (kinds.length > wanted.length)
    throw new Error(`${envoyGatewayRelease} lacks a CRD of ${kinds.join(', ')}`);
  return wanted.map((text) => parse(text) as Crd & KubeObject);
}

function kindIn(crd: string): string {
  return /^ {4}kind: (\w+)$/m.exec(crd)?.[1] ?? '';
}

/** Parts of Kubernetes' own types inside an EnvoyProxy: each is one line of the list. */
const kubernetesPart =
  /^spec\.provider\.kubernetes\..*\.(?:affinity|behavior|env|imagePullSecrets|initContainers|metrics|resources|securityContext|strategy|tolerations|topologySpreadConstraints|volumeMounts|volumes)$/;

/** Returns the text of `docs/envoy-gateway-fields.txt`: the release, and a line for each field. */
export function envoyGatewayFields(crds: readonly Crd[]): string {
  const lines = crds.flatMap((crd) =>
    crdFields(crd, (path) => kubernetesPart.test(path)).map(({ path, type, values }) =>
      [crd.spec.names.kind, path, type, ...(values.length === 0 ? [] : [values.join('|')])].join(' '),
    ),
  );
  return `${envoyGatewayRelease}\n${lines.sort().join('\n')}\n`;
}
