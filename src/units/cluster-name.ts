import { resourceKey, type ResourceKey } from '../lib/key.ts';
import { endpointOptionsPart, parseEndpointOptions, type EndpointOptions } from './endpoint-options.ts';
import { chainName, parseChainName, type ChainName } from './plugin-chain.ts';
import type { ObjectName } from './unit-def.ts';

/** Says where a cluster gets its endpoints. All clusters of one Service port, or of one Backend, share them. */
export interface EndpointsIdentity {
  readonly namespace: string;
  /** Name of the Service, or of the Backend with a mark before it; see {@link backendService}. */
  readonly service: string;
  /** 0: the endpoints of a Backend have ports of their own. */
  readonly port: number;
  /** `Service`: the cluster IP is the one endpoint, and Kubernetes chooses the pod. */
  readonly routingType: RoutingType;
}

export type RoutingType = 'Endpoint' | 'Service';

/**
 * Identifies one cluster, whichever rule refers to it: reordering rules changes no cluster. Settings are not part of it:
 * they change in place, and Envoy uses them once the new form is warm.
 */
export interface ClusterIdentity extends EndpointsIdentity {
  readonly protocol: BackendProtocol;
  /** Undefined: clear text. Policies are no part of the name: an edit of one changes the cluster in place. */
  readonly tls?: TlsIdentity | undefined;
  /**
   * BackendTrafficPolicies with the settings of its connections; undefined: the defaults. Routes with different policies
   * have different clusters, and an edit of one changes its clusters in place.
   */
  readonly traffic?: ChainName | undefined;
  /** A policy's `backendSettings` of a server that it names; undefined: the defaults. */
  readonly settings?: SettingsPlace | undefined;
}

/** Place of `backendSettings` in an object. An edit changes the cluster in place. */
export interface SettingsPlace {
  readonly kind: SettingsKind;
  readonly namespace: string;
  readonly name: string;
  /** Which of the object's, such as `extProc/0`. */
  readonly part: string;
}

/** `Gateway`: those of its EnvoyProxy. */
type SettingsKind = 'EnvoyExtensionPolicy' | 'Gateway' | 'SecurityPolicy';

export interface TlsIdentity {
  /** The Gateway with the client certificate that backends are shown; undefined: none is shown. */
  readonly client: ObjectName | undefined;
}

/** `tcp`: connections of which Envoy knows only the bytes. Clusters of UDP ports have other names, so none has `udp`. */
export type BackendProtocol = 'http1' | 'http2' | 'tcp' | 'udp';

/** Returns the `service` of clusters of a Backend. No name of a Service has a colon. */
export function backendService(name: string): string {
  return `${backendMark}${name}`;
}

/** Returns the name of the Backend; undefined for a Service. */
export function backendOf({ service }: Pick<EndpointsIdentity, 'service'>): string | undefined {
  return service.startsWith(backendMark) ? service.slice(backendMark.length) : undefined;
}

/** Returns the object with the endpoints. */
export function sourceOf(identity: Pick<EndpointsIdentity, 'namespace' | 'service'>): ResourceKey {
  const backend = backendOf(identity);
  const { namespace, service } = identity;
  return backend === undefined
    ? resourceKey('Service', namespace, service)
    : resourceKey('Backend', namespace, backend);
}

export function clusterName(identity: ClusterIdentity): string {
  const name = `${withRoutingType(baseName(identity), identity)}${tlsPart(identity)}`;
  return `${name}${ownerPart(identity)}`;
}

export function parseClusterName(name: string): ClusterIdentity {
  const [withOwners = '', place] = name.split(settingsMark);
  const [plain = '', owners] = withOwners.split(trafficMark);
  const { namespace, service, port, rest } = placeOf(plain);
  const [protocol = '', ...suffixes] = rest;
  const routingType = routingTypeOf(suffixes[0]);
  return {
    namespace,
    service,
    port,
    protocol: protocols.find((one) => one === protocol) ?? 'http1',
    routingType,
    tls: tlsOf(routingType === 'Service' ? suffixes.slice(1) : suffixes),
    ...(owners === undefined ? {} : { traffic: parseChainName(owners) }),
    ...(place === undefined ? {} : { settings: parseSettingsPlace(place) }),
  };
}

interface EndpointsName extends EndpointsIdentity {
  /** Undefined: the endpoints that most clusters share. */
  readonly options?: EndpointOptions | undefined;
}

export function endpointsName(identity: EndpointsName): string {
  return `${withRoutingType(placeName(identity), identity)}${endpointOptionsPart(identity.options)}`;
}

export function parseEndpointsName(name: string): EndpointsName {
  const { plain, options } = parseEndpointOptions(name);
  const { rest, ...place } = placeOf(plain);
  const identity = { ...place, routingType: routingTypeOf(rest[0]) };
  return options === undefined ? identity : { ...identity, options };
}

/** Returns the cluster's name in Envoy's stats: dashboards keep their series when its own name changes. */
export function statName(identity: ClusterIdentity): string {
  // Envoy counts ejected endpoints in a statistic, so clusters with policies must not share theirs.
  return `${baseName(identity)}${ownerPart(identity)}`;
}

function baseName(identity: ClusterIdentity): string {
  const { protocol } = identity;
  return `${placeName(identity)}/${protocol}`;
}

function placeName({ namespace, service, port }: EndpointsIdentity): string {
  const place = `${namespace}/${service}`;
  return service.startsWith(backendMark) ? place : `${place}/${port}`;
}

function placeOf(name: string) {
  const [namespace = '', service = '', ...rest] = name.split('/');
  if (service.startsWith(backendMark)) return { namespace, service, port: 0, rest };
  const [port = '', ...behind] = rest;
  return { namespace, service, port: Number(port), rest: behind };
}

function tlsPart({ tls }: ClusterIdentity): string {
  if (tls === undefined) return '';
  return tls.client === undefined
    ? `/${tlsSuffix}`
    : `/${tlsSuffix}/${tls.client.namespace}/${tls.client.name}`;
}

function ownerPart({ traffic, settings }: ClusterIdentity): string {
  if (traffic !== undefined) return `${trafficMark}${chainName(traffic)}`;
  if (settings === undefined) return '';
  const { kind, namespace, name, part } = settings;
  return `${settingsMark}${kind}/${namespace}/${name}/${part}`;
}

function parseSettingsPlace(text: string): SettingsPlace | undefined {
  const [kind = '', namespace = '', name = '', ...parts] = text.split('/');
  const known = settingsKinds.find((one) => one === kind);
  return known && { kind: known, namespace, name, part: parts.join('/') };
}

const settingsKinds: readonly SettingsKind[] = ['EnvoyExtensionPolicy', 'Gateway', 'SecurityPolicy'];

function withRoutingType(name: string, { routingType }: EndpointsIdentity): string {
  return routingType === 'Service' ? `${name}/${serviceSuffix}` : name;
}

function routingTypeOf(suffix: string | undefined): RoutingType {
  return suffix === serviceSuffix ? 'Service' : 'Endpoint';
}

function tlsOf([suffix, namespace, name]: readonly string[]): TlsIdentity | undefined {
  if (suffix !== tlsSuffix) return undefined;
  return { client: namespace === undefined || name === undefined ? undefined : { namespace, name } };
}

const protocols: readonly BackendProtocol[] = ['http1', 'http2', 'tcp', 'udp'];

const backendMark = 'backend:';
const serviceSuffix = 'service';
const tlsSuffix = 'tls';

/** No namespace or name begins with `@`. */
const trafficMark = '/@traffic/';
const settingsMark = '/@settings/';
