import { createServer, type AddressInfo, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openCluster } from '../../../src/kube/cluster-access.ts';
import { openPodTunnel } from '../../../src/kube/pod-tunnel.ts';
import { must } from '../../../src/lib/assert.ts';
import { startChromium } from '../../rig/browser/chromium.ts';
import { metric, sluiceNamespace, sluicePods } from '../sluice.ts';
import type { TestNamespace } from '../test-namespace.ts';

const repository = dirname(dirname(dirname(import.meta.dirname)));

/** Opens the console of the replica that has the proxy, as a person does; the result takes the picture of the docs and ends it. */
export async function openConsole({ cluster, kube }: TestNamespace): Promise<() => Promise<void>> {
  const pods = await sluicePods(kube);
  const proxies = await Promise.all(pods.map((pod) => metric(pod, 'sluice_xds_connected_proxies')));
  const { name } = must(pods[proxies.indexOf(Math.max(...proxies))], 'pod');
  const access = await openCluster({ kubeconfig: join(cluster.folder, 'kubeconfig'), context: undefined });
  const forward = async (socket: Socket): Promise<void> => {
    const pod = { namespace: sluiceNamespace, name, port: 19_000 };
    const tunnel = await openPodTunnel(access, pod, AbortSignal.timeout(10_000));
    await pipeline(socket, tunnel, socket);
  };
  const server = createServer((socket) => {
    // The browser tries again.
    forward(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await startChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'dark' });
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/console`);
  return async () => {
    await page.screenshot({ path: join(repository, 'docs', 'console.png') });
    await browser.close();
    server.close();
  };
}
