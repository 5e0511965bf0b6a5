import type { ResourceKey } from '../lib/key.ts';
import { parseConfigMap } from './core/config-map.ts';
import { parseEndpointSlice } from './core/endpoint-slice.ts';
import { parseEnvoyProxy } from './envoy-gateway/envoy-proxy.ts';
import { parseExtensionPolicy } from './envoy-gateway/extension-policy.ts';
import { parseGateway } from './gateway-api/gateway.ts';
import { parseGatewayClass } from './gateway-api/gateway-class.ts';
import { parseHTTPRoute } from './gateway-api/http-route.ts';
import { record } from './identity.ts';
import type { Kind } from './kinds.ts';
import { parseNamespace } from './core/namespace.ts';
import { parseReferenceGrant } from './gateway-api/reference-grant.ts';
import type { ParsedRow } from './row.ts';
import { parseSecret } from './core/secret.ts';
import { parseService } from './core/service.ts';

/** A kind of object that Sluice follows. */
export interface FollowedKind {
  readonly kind: Exclude<Kind, 'Settings' | 'WasmModule'>;
  readonly group: string;
  /** The first is the one we write in reports. */
  readonly versions: readonly [string, ...string[]];
  /** Takes the object as the API gives it, with or without `apiVersion` and `kind`. Never throws. */
  readonly parse: (manifest: unknown) => ParsedRow;
}

const gatewayGroup = 'gateway.networking.k8s.io';

export const followedKinds: readonly FollowedKind[] = [
  { kind: 'GatewayClass', group: gatewayGroup, versions: ['v1', 'v1beta1'], parse: parseGatewayClass },
  { kind: 'Gateway', group: gatewayGroup, versions: ['v1', 'v1beta1'], parse: parseGateway },
  { kind: 'HTTPRoute', group: gatewayGroup, versions: ['v1', 'v1beta1'], parse: parseHTTPRoute },
  { kind: 'ReferenceGrant', group: gatewayGroup, versions: ['v1', 'v1beta1'], parse: parseReferenceGrant },
  { kind: 'EnvoyProxy', group: 'gateway.envoyproxy.io', versions: ['v1alpha1'], parse: parseEnvoyProxy },
  {
    kind: 'EnvoyExtensionPolicy',
    group: 'gateway.envoyproxy.io',
    versions: ['v1alpha1'],
    parse: parseExtensionPolicy,
  },
  { kind: 'EndpointSlice', group: 'discovery.k8s.io', versions: ['v1'], parse: parseEndpointSlice },
  { kind: 'Namespace', group: '', versions: ['v1'], parse: parseNamespace },
  { kind: 'Service', group: '', versions: ['v1'], parse: parseService },
  { kind: 'Secret', group: '', versions: ['v1'], parse: parseSecret },
  { kind: 'ConfigMap', group: '', versions: ['v1'], parse: parseConfigMap },
];

export type ParsedObject =
  | (ParsedRow & { readonly apiVersion: string })
  /** Not a kind that Sluice follows. `warning` is there when its author may well have thought otherwise. */
  | {
      readonly kind: 'ignored';
      readonly apiVersion: string;
      readonly objectKind: string;
      readonly warning: string | undefined;
    };

/** Reads any Kubernetes object by its `apiVersion` and `kind`. Never throws, whatever it is given. */
export function parseObject(manifest: unknown): ParsedObject {
  const object = record(manifest);
  if (object === undefined) return unreadable('', 'must be a Kubernetes object');
  const apiVersion = object['apiVersion'];
  const kind = object['kind'];
  if (typeof apiVersion !== 'string' || apiVersion === '') return unreadable('apiVersion', 'is required');
  if (typeof kind !== 'string' || kind === '') return unreadable('kind', 'is required');
  const { group, version } = splitApiVersion(apiVersion);
  const followed = followedKinds.find((candidate) => candidate.group === group && candidate.kind === kind);
  if (followed?.versions.includes(version) === true) return { ...followed.parse(object), apiVersion };
  const warning = followed === undefined ? warningFor(group) : versionWarning(followed);
  return { kind: 'ignored', apiVersion, objectKind: kind, warning };
}

/** `apiVersion` as reports write it: the version that we follow by preference, undefined for a kind that is not followed. */
export function apiVersionOf(kind: string): string | undefined {
  const followed = followedKinds.find((candidate) => candidate.kind === kind);
  if (followed === undefined) return undefined;
  return followed.group === '' ? followed.versions[0] : `${followed.group}/${followed.versions[0]}`;
}

function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

function versionWarning(followed: FollowedKind): string {
  return `${followed.kind} is followed in version ${followed.versions.join(' and ')}: this object is ignored`;
}

/** Other groups hold much that is none of our business; what is in the Gateway API group was meant for us. */
function warningFor(group: string): string | undefined {
  if (group !== gatewayGroup) return undefined;
  const names = followedKinds
    .filter((candidate) => candidate.group === group)
    .map((candidate) => candidate.kind);
  return `this kind is not followed and the object is ignored; of ${group}, followed are ${names.join(', ')}`;
}

function unreadable(path: string, message: string): ParsedObject {
  const key: ResourceKey | undefined = undefined;
  return { kind: 'invalid', key, problems: [{ path, message }], apiVersion: '' };
}
