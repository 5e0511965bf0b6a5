import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueAuthority, issueLeaf } from '../../src/certs/issue.ts';
import { xdsWindowBytes } from '../../src/lib/envoy-bootstrap.ts';
import { freePorts } from '../../test/rig/envoy/free-ports.ts';
import { KubeClient } from '../../test/rig/kube/kube-client.ts';
import { gatewayClassObject } from './cluster-objects.ts';
import type { Peer } from './peer.ts';
import { PeerProcess } from './peer-process.ts';
import { running } from './running.ts';

const gatewayClass = 'bare';
const lifeMs = 86_400_000;

/**
 * The least that a process of Node.js can do for an endpoint: it watches EndpointSlices, parses an event, and writes one
 * ClusterLoadAssignment to each stream. Its time and CPU are the floor under those of Sluice on the same machine. It
 * serves no routes.
 */
export const bare: Peer = {
  name: 'bare',
  version: process.version,
  gatewayClass,
  controllerName: 'sluice.dev/bare',
  async build() {},
  async start(site, gateways) {
    const namespace = gateways[0]?.namespace ?? 'default';
    const kube = new KubeClient(site.kubeconfig);
    await kube.apply(gatewayClassObject(gatewayClass, 'sluice.dev/bare'));
    const folder = join(site.folder, 'bare');
    mkdirSync(folder, { recursive: true });
    const now = Date.now();
    const authority = await issueAuthority(now, lifeMs);
    const server = await issueLeaf(authority, { kind: 'server', dnsNames: ['bare'] }, now, lifeMs);
    const client = await issueLeaf(authority, { kind: 'client', uri: 'spiffe://bare/proxy' }, now, lifeMs);
    const file = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    };
    const [port = 0] = await freePorts(1);
    const peer = new PeerProcess({
      program: process.execPath,
      args: [
        join(import.meta.dirname, 'bare-process.ts'),
        site.kubeconfig,
        namespace,
        String(port),
        file('server.pem', server.certificate),
        file('server.key', server.privateKey),
        file('ca.pem', authority.certificate),
      ],
      env: { NODE_ENV: 'production' },
      logFile: join(folder, 'log'),
      xdsPort: port,
    });
    return running(peer, kube, {
      tap: () =>
        Promise.resolve({
          protocol: 'delta',
          port,
          tls: { ...client, ca: authority.certificate },
          serverName: 'bare',
          headers: {},
          windowBytes: xdsWindowBytes,
          node: { id: 'bench', cluster: 'bare', metadata: {} },
        }),
      listenPort: (listenerPort) => listenerPort,
      xdsCluster: 'xds_cluster',
    });
  },
};
