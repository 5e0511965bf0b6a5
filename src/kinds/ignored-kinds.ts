import { nearest } from '../lib/nearest.ts';
import { followedKinds, kindOf } from './followed-kinds.ts';
import type { Problem } from './row.ts';

/** Returns what is wrong with an object that is not followed; undefined: its author expects nothing of Sluice. */
export function ignoredProblem(group: string, version: string, kind: string): Problem | undefined {
  const def = kindOf(kind);
  if (def?.group === group)
    return {
      path: 'apiVersion',
      message: `${kind} is not followed in version ${version.slice(0, 63)}, and this object is ignored: write ${apiVersion(group, def.versions[0])}`,
    };
  const other = otherProject(group, kind);
  if (other !== undefined)
    return { path: 'kind', message: `is not followed, and this object is ignored: ${other}` };
  const groups = def === undefined ? [] : [def.group];
  if (def !== undefined && (group === '' || nearest(group, groups) !== undefined))
    return {
      path: 'apiVersion',
      message: `has no kind ${kind}, and this object is ignored: write ${apiVersion(def.group, def.versions[0])}`,
    };
  return gatewayGroups.has(group) ? { path: 'kind', message: ofGatewayGroup(group, kind) } : undefined;
}

function apiVersion(group: string, version: string): string {
  return `apiVersion: ${group === '' ? version : `${group}/${version}`}`;
}

/** Groups whose routes and policies belong to Gateways: an object of another kind in them was meant for a Gateway too. */
const gatewayGroups: ReadonlySet<string> = new Set(
  followedKinds.filter(({ role }) => role === 'gateway' || role === 'policy').map(({ group }) => group),
);

function ofGatewayGroup(group: string, kind: string): string {
  const names = followedKinds
    .filter((candidate) => candidate.group === group)
    .map((candidate) => candidate.kind);
  const meant = nearest(kind, names);
  const hint =
    meant === undefined ? `of ${group} are followed ${names.join(', ')}` : `did you mean ${meant}?`;
  return `is not followed, and requests are served without this object: ${hint}`;
}

/** Kinds that configure other proxies, by group, with what says the same here. */
const otherProjects: ReadonlyMap<string, string> = new Map([
  ['networking.k8s.io/Ingress', 'write it as a Gateway and an HTTPRoute'],
  ['networking.k8s.io/IngressClass', 'write it as a GatewayClass'],
  ['extensions/Ingress', 'write it as a Gateway and an HTTPRoute'],
  ['networking.istio.io', 'it is for Istio; write it as objects of Gateway API'],
  ['security.istio.io', 'it is for Istio; write it as a SecurityPolicy'],
  ['projectcontour.io', 'it is for Contour; write it as an HTTPRoute'],
  ['configuration.konghq.com', 'it is for Kong; write it as objects of Gateway API and Envoy Gateway'],
  ['traefik.io', 'it is for Traefik; write it as objects of Gateway API'],
  ['gateway.kgateway.dev', 'it is for kgateway; write it as a policy of gateway.envoyproxy.io'],
  ['gateway.nginx.org', 'it is for NGINX Gateway Fabric; write it as a policy of gateway.envoyproxy.io'],
  ['gateway.networking.x-k8s.io', 'experimental kinds of Gateway API have no effect'],
]);

function otherProject(group: string, kind: string): string | undefined {
  return otherProjects.get(`${group}/${kind}`) ?? otherProjects.get(group);
}
