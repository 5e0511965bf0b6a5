import { inParallel } from '../../rig/load/in-parallel.ts';
import type { Manifest } from '../../rig/kube/kube-client.ts';
import { httpRoute, toService } from '../manifests.ts';
import type { TestNamespace } from '../test-namespace.ts';
import { issuerRefs } from './issuer-server.ts';
import { app } from './rollout-namespace.ts';

export type Guard = 'jwt' | 'oidc';

const guards = ['jwt', 'oidc'] as const satisfies readonly Guard[];

/** Policies of each guard, which share the routes. */
const policiesOfGuard = 5;

/** Routes behind an issuer: every other one verifies tokens, and the others send people there to log in. */
export async function raiseGuardedRoutes(ns: TestNamespace, routes: number, issuer: string): Promise<void> {
  await ns.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'client' },
    data: { 'client-secret': Buffer.from('secret-of-the-client').toString('base64') },
  });
  for (const guard of guards)
    for (let part = 0; part < policiesOfGuard; part++) await ns.apply(policyOf(guard, part, issuer));
  await inParallel(routes, async (i) => {
    const guard = guardOf(i);
    const route = httpRoute(`guarded-${i}`, hostOf(i), [toService(app.name)]);
    const labels = { guard: `${guard}-${Math.floor(i / 2) % policiesOfGuard}` };
    await ns.create({ ...route, metadata: { ...route.metadata, labels } });
  });
}

export function hostsOf(guard: Guard, routes: number): string[] {
  return Array.from({ length: routes }, (_, i) => i)
    .filter((i) => guardOf(i) === guard)
    .map(hostOf);
}

function guardOf(i: number): Guard {
  return i % 2 === 0 ? 'jwt' : 'oidc';
}

function hostOf(i: number): string {
  return `guarded-${i}.test`;
}

function policyOf(guard: Guard, part: number, issuer: string): Manifest {
  const name = `${guard}-${part}`;
  const group = 'gateway.networking.k8s.io';
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'SecurityPolicy',
    metadata: { name },
    spec: {
      targetSelectors: [{ group, kind: 'HTTPRoute', matchLabels: { guard: name } }],
      ...(guard === 'jwt' ? { jwt: jwtOf(issuer) } : { oidc: oidcOf(issuer) }),
    },
  };
}

function jwtOf(issuer: string): object {
  const remoteJWKS = { uri: `${issuer}/keys`, backendRefs: issuerRefs, cacheDuration: '5s' };
  return { providers: [{ name: 'issuer', issuer, remoteJWKS }] };
}

function oidcOf(issuer: string): object {
  return {
    provider: { issuer, backendRefs: issuerRefs },
    clientID: 'client',
    clientSecret: { name: 'client' },
  };
}
