import type { ReadIngress } from './entries.ts';
import type { Manifest } from './ingress.ts';

export interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly className: string;
}

export interface Listeners {
  /** Name of the HTTPS listener that has the certificate of a host. */
  readonly of: (host: string) => string | undefined;
  readonly manifests: readonly Manifest[];
}

/** Returns the Gateway: a listener for HTTP, and one for each host with a certificate. */
export function listenersOf(all: readonly ReadIngress[], target: Target): Listeners {
  const secrets = new Map<string, { readonly namespace: string; readonly name: string }>();
  for (const { ingress, report } of all)
    for (const [i, { hosts, secretName }] of ingress.spec.tls.entries()) {
      const place = ['spec', 'tls', i];
      if (secretName === undefined)
        report(place, 'names no Secret: the default certificate is not carried over');
      if (hosts.length === 0) report(place, 'names no host: its certificate is not carried over');
      if (secretName === undefined) continue;
      const secret = { namespace: ingress.metadata.namespace, name: secretName };
      for (const host of hosts) {
        const first = secrets.get(host);
        if (first === undefined) secrets.set(host, secret);
        else if (first.name !== secret.name || first.namespace !== secret.namespace)
          report(place, `${host} has the Secret ${first.namespace}/${first.name} of another Ingress already`);
      }
    }
  const names = new Map([...secrets.keys()].sort().map((host, i) => [host, `https-${i + 1}`]));
  const allowedRoutes = { namespaces: { from: 'All' } };
  const listeners = [
    { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes },
    ...[...names].map(([hostname, name]) => ({
      name,
      port: 443,
      protocol: 'HTTPS',
      hostname,
      tls: { certificateRefs: [{ kind: 'Secret', group: '', ...secrets.get(hostname) }] },
      allowedRoutes,
    })),
  ];
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: target.name, namespace: target.namespace },
    spec: { gatewayClassName: target.className, listeners },
  };
  return {
    of: (host) => names.get(host) ?? names.get(host.replace(/^[^.]+/, '*')),
    manifests: [gateway, ...grantsOf([...secrets.values()], target)],
  };
}

/** A grant names each Secret, and lets the Gateway use no other. */
function grantsOf(
  secrets: readonly { readonly namespace: string; readonly name: string }[],
  target: Target,
): Manifest[] {
  const foreign = secrets.filter(({ namespace }) => namespace !== target.namespace);
  return [...Map.groupBy(foreign, ({ namespace }) => namespace)].map(([namespace, own]) => ({
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: `${target.name}-certificates`, namespace },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: target.namespace }],
      to: [...new Set(own.map(({ name }) => name))].map((name) => ({ group: '', kind: 'Secret', name })),
    },
  }));
}
