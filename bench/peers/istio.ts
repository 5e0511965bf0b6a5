import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { must } from '../../src/lib/assert.ts';
import { converge } from '../../test/rig/envoy/converge.ts';
import { KubeClient } from '../../test/rig/kube/kube-client.ts';
import { freePorts } from '../../test/rig/envoy/free-ports.ts';
import { namespaceObject } from './cluster-objects.ts';
import { applyCrds } from './crds.ts';
import {
  buildGoProgram,
  moduleFolder,
  programFile,
  type GoProgram,
} from '../../test/rig/peers/go-program.ts';
import type { GatewayName, Peer, Tap } from './peer.ts';
import { PeerProcess } from './peer-process.ts';
import { running } from './running.ts';

const program: GoProgram = {
  module: 'istio.io/istio',
  // A commit of the 1.31 branch: releases of Istio have no version as modules.
  version: 'v0.0.0-20260827124520-eed52ebb66ad',
  folder: 'pilot/cmd/pilot-discovery',
  minutes: 10,
};
const systemNamespace = 'istio-system';

export interface IstioOptions {
  /** `off` sends endpoints at once; on, they wait 100 ms without a change, and 10 s at most. */
  readonly edsDebounce: 'on' | 'off';
}

export function istio({ edsDebounce }: IstioOptions): Peer {
  return {
    name: edsDebounce === 'on' ? 'istio' : 'istio-eds-debounce-off',
    version: '1.31',
    // Istio makes the GatewayClass itself.
    gatewayClass: 'istio',
    controllerName: 'istio.io/gateway-controller',
    build: (progress) => buildGoProgram(program, progress),
    async start(site) {
      const kube = new KubeClient(site.kubeconfig);
      const charts = join(await moduleFolder(program), 'manifests/charts');
      await applyCrds(kube, join(charts, 'base/files/crd-all.gen.yaml'));
      await kube.apply(namespaceObject(systemNamespace));
      const folder = join(site.folder, 'istio');
      rmSync(folder, { recursive: true, force: true });
      writeTemplates(join(charts, 'istio-control/istio-discovery'), folder);
      writeMesh(folder);
      const [xdsPort = 0, ...ports] = await freePorts(1 + addressFlags.length);
      const peer = new PeerProcess({
        program: programFile(program),
        args: [
          'discovery',
          `--kubeconfig=${site.kubeconfig}`,
          `--secureGRPCAddr=127.0.0.1:${xdsPort}`,
          ...addressFlags.map((flag, i) => `--${flag}=127.0.0.1:${ports[i] ?? 0}`),
          '--ctrlz_port=0',
          '--keepaliveMaxServerConnectionAge=30m',
        ],
        cwd: folder,
        env: {
          POD_NAME: 'istiod',
          POD_NAMESPACE: systemNamespace,
          REVISION: 'default',
          CLUSTER_ID: cluster,
          PILOT_CERT_PROVIDER: 'istiod',
          PILOT_ENABLE_EDS_DEBOUNCE: String(edsDebounce === 'on'),
          // Filters that Envoy has only in Istio's build of it.
          PILOT_ENABLE_ALPN_FILTER: 'false',
          PILOT_ENABLE_METADATA_EXCHANGE: 'false',
        },
        logFile: join(site.folder, 'istio.log'),
        xdsPort,
      });
      return running(peer, kube, {
        tap: (gateway) => proxyTap(kube, gateway, xdsPort),
        listenPort: (port) => port,
        xdsCluster: 'xds-grpc',
      });
    },
  };
}

const addressFlags = ['httpAddr', 'httpsAddr', 'grpcAddr', 'monitoringAddr'];
const cluster = 'Kubernetes';

/**
 * Writes what Istio's chart puts into a ConfigMap: templates and values by which Istio makes a Service and a Deployment for
 * each Gateway. Without that Service it serves no Gateway.
 */
function writeTemplates(chart: string, folder: string): void {
  const inject = join(folder, 'var/lib/istio/inject');
  mkdirSync(inject, { recursive: true });
  const template = readFileSync(join(chart, 'files/kube-gateway.yaml'), 'utf8');
  writeFileSync(
    join(inject, 'config'),
    JSON.stringify({ policy: 'enabled', templates: { sidecar: '', 'kube-gateway': template } }),
  );
  const { _internal_defaults_do_not_set: defaults } = parse(
    readFileSync(join(chart, 'values.yaml'), 'utf8'),
  ) as { readonly _internal_defaults_do_not_set: Readonly<Record<string, unknown>> };
  const { global, sidecarInjectorWebhook, revision, gateways } = defaults;
  writeFileSync(
    join(inject, 'values'),
    JSON.stringify({ global, sidecarInjectorWebhook, revision, gateways }),
  );
}

/** Turns off TLS to backends: without sidecars there is none, and Envoy would wait for certificates of a pod's agent. */
function writeMesh(folder: string): void {
  mkdirSync(join(folder, 'etc/istio/config'), { recursive: true });
  writeFileSync(join(folder, 'etc/istio/config/mesh'), JSON.stringify({ enableAutoMtls: false }));
}

/** Istio's proxies, or their agents, show the token of their service account beside TLS. */
async function proxyTap(kube: KubeClient, { namespace: of, name }: GatewayName, port: number): Promise<Tap> {
  // Istio makes both when it has seen the Gateway.
  const { ca, token } = await converge(async () => ({
    ca: await rootCertificate(kube, of),
    token: await serviceAccountToken(kube, of, `${name}-istio`),
  }));
  return {
    protocol: 'delta',
    port,
    tls: { certificate: '', privateKey: '', ca },
    serverName: `istiod.${systemNamespace}.svc`,
    headers: { authorization: `Bearer ${token}` },
    node: {
      id: `router~127.0.0.1~${name}.${of}~${of}.svc.cluster.local`,
      cluster: `${name}.${of}`,
      metadata: {
        NAMESPACE: of,
        CLUSTER_ID: cluster,
        ISTIO_VERSION: '1.31.0',
        LABELS: {
          'gateway.networking.k8s.io/gateway-name': name,
          'gateway.networking.k8s.io/gateway-class-name': 'istio',
        },
      },
    },
  };
}

async function rootCertificate(kube: KubeClient, namespace: string): Promise<string> {
  const metadata = { name: 'istio-ca-root-cert', namespace };
  const found = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
  return must(data['root-cert.pem'], 'root certificate');
}

async function serviceAccountToken(kube: KubeClient, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status, body } = await kube.send('POST', path, { spec: { audiences: ['istio-ca'] } });
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
  return (body as { readonly status: { readonly token: string } }).status.token;
}
