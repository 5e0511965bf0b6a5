import type { KubeClient } from '../../test/rig/kube/kube-client.ts';
import type { RunningPeer } from './peer.ts';
import type { PeerProcess } from './peer-process.ts';
import { proxyBootstrap, type BootstrapOptions } from './proxy-bootstrap.ts';

type Parts = Pick<RunningPeer, 'tap' | 'listenPort'> & BootstrapOptions;

/** A peer that is one process; closes the client as well. */
export function running(
  peer: PeerProcess,
  kube: KubeClient,
  { tap, listenPort, ...options }: Parts,
): RunningPeer {
  return {
    startedAt: peer.startedAt,
    ready: () => peer.ready(),
    processes: () => peer.processes(),
    tap,
    listenPort,
    envoyBootstrap: async (gateway) => proxyBootstrap(await tap(gateway), options),
    async stop() {
      await peer.stop();
      await kube.close();
    },
  };
}
