import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../test/rig/envoy/free-ports.ts';
import { KubeClient } from '../../test/rig/kube/kube-client.ts';
import { gatewayClassObject, namespaceObject } from './cluster-objects.ts';
import { applyCrds } from './crds.ts';
import {
  buildGoProgram,
  moduleFolder,
  programFile,
  type GoProgram,
} from '../../test/rig/peers/go-program.ts';
import type { Peer, Tap } from './peer.ts';
import { PeerProcess } from './peer-process.ts';
import { running } from './running.ts';

const program: GoProgram = {
  module: 'github.com/projectcontour/contour',
  version: 'v1.33.8',
  folder: 'cmd/contour',
  minutes: 4,
};
const namespace = 'projectcontour';
const gatewayClass = 'contour';
const controllerName = 'projectcontour.io/gateway-controller';

/** Contour serves one Gateway of a process; its provisioner runs a process for each. */
export const contour: Peer = {
  name: 'contour',
  version: program.version,
  gatewayClass,
  controllerName,
  build: (progress) => buildGoProgram(program, progress),
  async start(site, gateways) {
    const [gateway, ...others] = gateways;
    if (gateway === undefined || others.length > 0) throw new Error('Contour serves exactly one Gateway');
    const kube = new KubeClient(site.kubeconfig);
    await applyCrds(kube, join(await moduleFolder(program), 'examples/contour/01-crds.yaml'));
    await kube.apply(namespaceObject(namespace), gatewayClassObject(gatewayClass, controllerName));
    const folder = join(site.folder, 'contour');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await promisify(execFile)(programFile(program), [
      'certgen',
      '--pem',
      `--kubeconfig=${site.kubeconfig}`,
      folder,
    ]);
    writeFileSync(join(folder, 'contour.yaml'), JSON.stringify({ gateway: { gatewayRef: gateway } }));
    const file = (name: string): string => join(folder, name);
    const [xdsPort = 0, ...ports] = await freePorts(4);
    const peer = new PeerProcess({
      program: programFile(program),
      args: [
        'serve',
        `--kubeconfig=${site.kubeconfig}`,
        `--config-path=${file('contour.yaml')}`,
        '--xds-address=127.0.0.1',
        `--xds-port=${xdsPort}`,
        `--contour-cafile=${file('cacert.pem')}`,
        `--contour-cert-file=${file('contourcert.pem')}`,
        `--contour-key-file=${file('contourkey.pem')}`,
        ...portFlags.map((flag, i) => `--${flag}=${ports[i] ?? 0}`),
        // As many statuses a second as Sluice writes. At its default of 5, a thousand take minutes, in which Contour serves no
        // change of a route.
        '--kubernetes-client-qps=400',
        '--kubernetes-client-burst=400',
        // Kinds of the experimental channel, whose CRDs may be missing.
        ...['tlsroutes', 'tcproutes', 'backendtlspolicies'].map((kind) => `--disable-feature=${kind}`),
      ],
      env: { CONTOUR_NAMESPACE: namespace, POD_NAME: 'contour' },
      logFile: join(site.folder, 'contour.log'),
      xdsPort,
    });
    const text = (name: string): string => readFileSync(file(name), 'utf8');
    const tap: Tap = {
      protocol: 'sotw',
      port: xdsPort,
      tls: { certificate: text('envoycert.pem'), privateKey: text('envoykey.pem'), ca: text('cacert.pem') },
      serverName: 'contour',
      headers: {},
      node: { id: 'bench', cluster: namespace, metadata: {} },
    };
    return running(peer, kube, {
      tap: async () => tap,
      listenPort,
      xdsCluster: 'contour',
      clusters: [adminCluster],
    });
  },
};

const portFlags = ['http-port', 'health-port', 'debug-http-port'];

/** A listener of Contour routes to it, and is rejected without it. */
const adminCluster = { name: 'envoy-admin', type: 'STATIC', connect_timeout: '1s' };

/** https://github.com/projectcontour/contour/blob/v1.33.8/internal/gatewayapi/listeners.go */
function listenPort(port: number): number {
  const shifted = port + 8000 > 65_535 ? port + 8000 - 65_535 : port + 8000;
  return shifted <= 1023 ? shifted + 1023 : shifted;
}
