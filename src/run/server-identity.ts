import { isIP } from 'node:net';
import { FileIdentity } from '../certs/file-identity.ts';
import type { Config } from '../config/config.ts';
import { BackOff } from '../kube/back-off.ts';
import { SecretStore } from '../kube/secret-store.ts';
import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import type { TlsIdentity } from '../lib/tls-identity.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Cluster } from './cluster.ts';
import type { Certificates } from './proxies.ts';

export interface ServerIdentity {
  /** Undefined: without TLS. */
  readonly identity: TlsIdentity | undefined;
  /** Set when Sluice makes the certificates itself. */
  readonly certificates: Certificates | undefined;
  /** Returns the reason why there is no certificate yet, in one line; undefined: there is one, or none is needed. */
  waitsFor(): string | undefined;
  close(): void;
}

interface IdentityPorts {
  /** False when another process makes and renews the certificates. */
  readonly mayWrite: boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Rejects with an Error of one line when the options are wrong. */
export async function openServerIdentity(
  tls: Config['xds']['tls'],
  cluster: Cluster | undefined,
  { mayWrite, log, clock, metrics }: IdentityPorts,
): Promise<ServerIdentity> {
  if (tls === 'off')
    return { identity: undefined, certificates: undefined, waitsFor: nothing, close: nothing };
  const onExpiry = (certificate: 'ca' | 'server', atMs: number): void =>
    metrics.certificateExpiry.set({ certificate }, Math.floor(atMs / 1000));
  if (!('secret' in tls)) {
    const identity = await FileIdentity.open(tls, { log, clock, onExpiry });
    return { identity, certificates: undefined, waitsFor: nothing, close: () => identity.close() };
  }
  const { api, namespace, options } = must(cluster, 'cluster of xds.tls.secret');
  // Loaded only if needed: the library that makes certificates costs 20 MB.
  const { CertificateKeeper } = await import('../certs/certificate-keeper.ts');
  const store = new SecretStore(api, namespace, tls.secret);
  const keeper: Certificates = new CertificateKeeper(
    serverNames(namespace, options.infrastructure.xdsAddress),
    {
      log,
      clock,
      onExpiry,
      store: mayWrite ? store : { read: (signal) => store.read(signal) },
      backOff: new BackOff(),
    },
  );
  keeper.start();
  return {
    identity: keeper.server(),
    certificates: keeper,
    waitsFor: () => keeper.waitsFor(),
    close: () => keeper.close(),
  };
}

/** Bootstraps of Sluice check `sluice`; other clients check the name that they connect to. */
function serverNames(namespace: string, xdsAddress: string): string[] {
  const own = ['sluice', `sluice.${namespace}.svc`, `sluice.${namespace}.svc.cluster.local`];
  return xdsAddress === '' || isIP(xdsAddress) !== 0 ? own : [...new Set([...own, xdsAddress])];
}

function nothing(): undefined {}
