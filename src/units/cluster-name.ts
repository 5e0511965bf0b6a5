import { endpointOptionsPart, parseEndpointOptions, type EndpointOptions } from './endpoint-options.ts';
import { chainName, parseChainName, type ChainName } from './plugin-chain.ts';
import type { ObjectName } from './unit-def.ts';

/** Says where a cluster gets its endpoints. All clusters of one Service port share them. */
export interface EndpointsIdentity {
  readonly namespace: string;
  readonly service: string;
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
type SettingsKind = 'EnvoyExtensionPolicy' | 'Gateway';

export interface TlsIdentity {
  /** The Gateway with the client certificate that backends are shown; undefined: none is shown. */
  readonly client: ObjectName | undefined;
}

/** `tcp`: connections of which Envoy knows only the bytes. Clusters of UDP ports have other names, so none has `udp`. */
export type BackendProtocol = 'http1' | 'http2' | 'tcp' | 'udp';

export function clusterName(identity: ClusterIdentity): string {
  const name = `${withRoutingType(baseName(identity), identity)}${tlsPart(identity)}`;
  return `${name}${ownerPart(identity)}`;
}

export function parseClusterName(name: string): ClusterIdentity {
  const [withOwners = '', place] = name.split(settingsMark);
  const [plain = '', owners] = withOwners.split(trafficMark);
  const [namespace = '', service = '', port = '', protocol = '', ...suffixes] = plain.split('/');
  const routingType = routingTypeOf(suffixes[0]);
  return {
    namespace,
    service,
    port: Number(port),
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
  const { namespace, service, port, options } = identity;
  const name = withRoutingType(`${namespace}/${service}/${port}`, identity);
  return `${name}${endpointOptionsPart(options)}`;
}

export function parseEndpointsName(name: string): EndpointsName {
  const { plain, options } = parseEndpointOptions(name);
  const [namespace = '', service = '', port = '', suffix] = plain.split('/');
  const identity = { namespace, service, port: Number(port), routingType: routingTypeOf(suffix) };
  return options === undefined ? identity : { ...identity, options };
}

/** Returns the cluster's name in Envoy's stats: dashboards keep their series when its own name changes. */
export function statName(identity: ClusterIdentity): string {
  // Envoy counts ejected endpoints in a statistic, so clusters with policies must not share theirs.
  return `${baseName(identity)}${ownerPart(identity)}`;
}

function baseName({ namespace, service, port, protocol }: ClusterIdentity): string {
  return `${namespace}/${service}/${port}/${protocol}`;
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

const settingsKinds: readonly SettingsKind[] = ['EnvoyExtensionPolicy', 'Gateway'];

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

const serviceSuffix = 'service';
const tlsSuffix = 'tls';

/** No namespace or name begins with `@`. */
const trafficMark = '/@traffic/';
const settingsMark = '/@settings/';
