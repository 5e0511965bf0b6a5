import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { foundIn } from '../../src/certs/certificate-files.ts';
import type { Certificates } from '../../src/certs/certificates.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import { xdsTokenOf } from '../../src/certs/tokens.ts';
import { xdsWindowBytes } from '../../src/lib/envoy-bootstrap.ts';
import { must } from '../../src/lib/assert.ts';
import { containerPorts } from '../../src/units/container-port.ts';
import { converge } from '../../test/rig/envoy/converge.ts';
import { freePorts } from '../../test/rig/envoy/free-ports.ts';
import { KubeClient } from '../../test/rig/kube/kube-client.ts';
import { gatewayClassObject, namespaceObject } from './cluster-objects.ts';
import type { GatewayName, Peer, Tap } from './peer.ts';
import { PeerProcess } from './peer-process.ts';
import { running } from './running.ts';
import { secretFiles } from './secret-files.ts';

const root = join(import.meta.dirname, '..', '..');
const gatewayClass = 'sluice';
const namespace = 'sluice-system';
const secret = 'sluice-tls';
const controllerName = 'sluice.dev/gateway-controller';

/** Options of the config file, by section; those of `infrastructure` are below `provider.kubernetes`. */
export type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** This checkout: one replica with defaults, mutual TLS and the memory settings of the chart. */
export const sluice = sluiceWith({});

export function sluiceWith({ infrastructure = {}, ...sections }: Settings): Peer {
  return {
    name: 'sluice',
    version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string })
      .version,
    gatewayClass,
    controllerName,
    async build() {},
    async start(site) {
      const kube = new KubeClient(site.kubeconfig);
      await kube.apply(namespaceObject(namespace), gatewayClassObject(gatewayClass, controllerName));
      const folder = join(site.folder, 'sluice');
      mkdirSync(folder, { recursive: true });
      const [xdsPort = 0, adminPort = 0] = await freePorts(2);
      const config = {
        provider: {
          type: 'kubernetes',
          kubernetes: { kubeconfig: site.kubeconfig, namespace, infrastructure },
        },
        ...sections,
        controllerName,
        xds: { ...sections['xds'], address: '127.0.0.1', port: xdsPort, tls: { secret } },
        admin: { port: adminPort },
      };
      const configFile = join(folder, 'sluice.yaml');
      writeFileSync(configFile, JSON.stringify(config));
      const peer = new PeerProcess({
        program: process.execPath,
        args: [join(root, 'src', 'main.ts'), 'serve', '--config', configFile],
        env: { POD_NAME: 'sluice-0', POD_UID: 'sluice-0', NODE_ENV: 'production', ...chartEnvironment() },
        logFile: join(folder, 'log'),
        xdsPort,
      });
      return running(peer, kube, {
        tap: (gateway) => proxyTap(kube, gateway, xdsPort),
        listenPort: (port) => must(containerPorts([[port]]).get(port), 'port'),
        xdsCluster: 'xds_cluster',
      });
    },
  };
}

async function proxyTap(kube: KubeClient, gateway: GatewayName, port: number): Promise<Tap> {
  const certificates = await storedCertificates(kube);
  // Without the uid it is the certificate of any Gateway of that name.
  const proxies = { namespace: gateway.namespace, gateway: gateway.name, uid: '' };
  return {
    protocol: 'delta',
    port,
    tls: await issueClient(certificates, proxies, Date.now()),
    serverName: 'sluice',
    headers: { 'x-sluice-token': xdsTokenOf(certificates, proxies) },
    windowBytes: xdsWindowBytes,
    node: { id: 'bench', cluster: `${gateway.namespace}/${gateway.name}`, metadata: {} },
  };
}

/** Waits for the Secret, which a first start makes. */
async function storedCertificates(kube: KubeClient): Promise<Certificates> {
  return await converge(async () => {
    const found = foundIn(await secretFiles(kube, namespace, secret));
    if (found.kind !== 'certificates') return false;
    const { server, drainKey, ...rest } = found.certificates;
    return server === undefined || drainKey === undefined ? false : { ...rest, server, drainKey };
  });
}

/** Returns settings of the allocator and of V8, as the chart gives them to a pod. */
function chartEnvironment(): Record<string, string> {
  const chart = join(root, 'charts/sluice');
  const template = readFileSync(join(chart, 'templates/_pod.tpl'), 'utf8');
  const found = template.matchAll(/- name: (MALLOC_\w+)\n +value: '(\d+)'/g);
  const { nodeOptions } = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as {
    readonly nodeOptions: string;
  };
  return {
    NODE_OPTIONS: nodeOptions,
    ...Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value])),
  };
}
