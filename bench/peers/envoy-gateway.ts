import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { must } from '../../src/lib/assert.ts';
import { KubeClient } from '../../test/rig/kube/kube-client.ts';
import { gatewayClassObject, namespaceObject } from './cluster-objects.ts';
import { applyCrds } from './crds.ts';
import { envoyGatewayProgram as program } from '../../test/rig/peers/envoy-gateway-program.ts';
import { buildGoProgram, moduleFolder, programFile } from '../../test/rig/peers/go-program.ts';
import type { GatewayName, Peer, Tap } from './peer.ts';
import { PeerProcess } from './peer-process.ts';
import { running } from './running.ts';
import { secretFiles } from './secret-files.ts';

const namespace = 'envoy-gateway-system';
const gatewayClass = 'envoy-gateway';
const controllerName = 'gateway.envoyproxy.io/gatewayclass-controller';

/** Its ports are fixed. */
const xdsPort = 18_000;

/** The defaults of its chart. Only the webhook that writes zones into pods is off, as there are no pods. */
const config = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyGateway',
  gateway: { controllerName },
  logging: { level: { default: 'info' } },
  provider: { type: 'Kubernetes', kubernetes: { proxyTopologyInjector: { disabled: true } } },
};

export const envoyGateway: Peer = {
  name: 'envoy-gateway',
  version: program.version,
  gatewayClass,
  controllerName,
  build: (progress) => buildGoProgram(program, progress),
  async start(site) {
    const kube = new KubeClient(site.kubeconfig);
    const crds = join(await moduleFolder(program), 'charts/gateway-helm/charts/crds/crds/generated/*.yaml');
    await applyCrds(kube, crds);
    await kube.apply(namespaceObject(namespace), gatewayClassObject(gatewayClass, controllerName));
    const folder = join(site.folder, 'envoy-gateway');
    const env = { ENVOY_GATEWAY_NAMESPACE: namespace, KUBECONFIG: site.kubeconfig };
    // Makes Secrets that are missing, and leaves others alone.
    await promisify(execFile)(programFile(program), ['certgen', '--disable-topology-injector'], {
      env: { ...process.env, ...env },
    });
    const peer = new PeerProcess({
      program: 'chroot',
      args: [
        await rootFolder(folder, kube, site.kubeconfig),
        '/envoy-gateway',
        'server',
        '--config-path=/config.json',
      ],
      env: { ...env, KUBECONFIG: '/kubeconfig' },
      logFile: join(site.folder, 'envoy-gateway.log'),
      xdsPort,
    });
    return running(peer, kube, {
      tap: (gateway) => proxyTap(kube, gateway),
      listenPort: (port) => (port < firstUnprivileged ? port + shift : port),
      xdsCluster: 'xds_cluster',
    });
  },
};

/** Its certificates are read from `/certs`, wherever it runs, so it gets a root folder of its own. */
async function rootFolder(folder: string, kube: KubeClient, kubeconfig: string): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['certs', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  for (const [name, text] of await secretFiles(kube, namespace, 'envoy-gateway'))
    writeFileSync(join(folder, 'certs', name), text);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  copyFileSync(kubeconfig, join(folder, 'kubeconfig'));
  copyFileSync(programFile(program), join(folder, 'envoy-gateway'));
  return folder;
}

async function proxyTap(kube: KubeClient, { namespace: of, name }: GatewayName): Promise<Tap> {
  const files = await secretFiles(kube, namespace, 'envoy');
  const file = (key: string): string => must(files.get(key), `${key} of the proxies' Secret`);
  return {
    protocol: 'delta',
    port: xdsPort,
    tls: { certificate: file('tls.crt'), privateKey: file('tls.key'), ca: file('ca.crt') },
    serverName: 'envoy-gateway',
    headers: {},
    node: { id: 'bench', cluster: `${of}/${name}`, metadata: {} },
  };
}

/** https://github.com/envoyproxy/gateway/blob/v1.9.0/internal/gatewayapi/translator.go */
const firstUnprivileged = 1024;
const shift = 10_000;
