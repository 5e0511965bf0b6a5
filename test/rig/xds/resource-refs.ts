import type { JsonValue } from '@bufbuild/protobuf';
import { xdsJson } from './xds-json.ts';
import { urlOf, type Service } from './xds-types.ts';

/** Names that Envoy asks for, or sends requests to. */
export interface ResourceRefs {
  readonly CDS: readonly string[];
  readonly EDS: readonly string[];
  readonly SDS: readonly string[];
  readonly ECDS: readonly string[];
  readonly SRDS: readonly string[];
  readonly RDS: readonly string[];
}

/** Found in the decoded form, as Envoy finds them. */
export function resourceRefs(service: Service, version: string, bytes: Uint8Array): ResourceRefs {
  const key = `${service} ${version}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const found = {
    CDS: new Set<string>(),
    EDS: new Set<string>(),
    SDS: new Set<string>(),
    ECDS: new Set<string>(),
    SRDS: new Set<string>(),
    RDS: new Set<string>(),
  };
  const json = xdsJson(urlOf(service), bytes);
  if (service === 'CDS') {
    if (json['type'] === 'EDS') found.EDS.add(endpointsOf(json));
    collect(json['transportSocket'] ?? null, '', found);
  }
  if (service === 'LDS' || service === 'SRDS' || service === 'RDS' || service === 'VHDS')
    collect(json, '', found);
  const refs = {
    CDS: [...found.CDS],
    EDS: [...found.EDS],
    SDS: [...found.SDS],
    ECDS: [...found.ECDS],
    SRDS: [...found.SRDS],
    RDS: [...found.RDS],
  };
  if (memo.size > 20_000) memo.clear();
  memo.set(key, refs);
  return refs;
}

/** Returns the names of one type in resources of another. */
export function namesIn(
  user: Service,
  resources: ReadonlyMap<string, { readonly version: string; readonly bytes: Uint8Array }>,
  of: keyof ResourceRefs,
): string[] {
  return [...resources.values()].flatMap(({ version, bytes }) => resourceRefs(user, version, bytes)[of]);
}

function endpointsOf(cluster: { readonly [field: string]: JsonValue }): string {
  const config = cluster['edsClusterConfig'];
  const named =
    typeof config === 'object' && config !== null && !Array.isArray(config) ? config['serviceName'] : '';
  return JSON.stringify(named === undefined || named === '' ? cluster['name'] : named).slice(1, -1);
}

/** A version is a hash of content, so its names stay; decoding is most of a long test's time. */
const memo = new Map<string, ResourceRefs>();

/** An invalid backendRef's share goes to a cluster that never exists, on purpose. */
const invalidBackend = 'invalid-backend';

const secretFields: ReadonlySet<string> = new Set([
  'tlsCertificateSdsSecretConfigs',
  'validationContextSdsSecretConfig',
]);

function collect(
  value: JsonValue,
  field: string,
  found: Record<'CDS' | 'SDS' | 'ECDS' | 'SRDS' | 'RDS', Set<string>>,
): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, field, found);
    return;
  }
  if (typeof value === 'string') {
    if (field === 'cluster' || field === 'clusterName') found.CDS.add(value);
    if (field === 'routeConfigName' || field === 'routeConfigurationName') found.RDS.add(value);
    if (field === 'srdsResourcesLocator') found.SRDS.add(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (field === 'clusters' && typeof value['name'] === 'string' && value['name'] !== invalidBackend) {
    found.CDS.add(value['name']);
  }
  const isSecret = secretFields.has(field) || value['sdsConfig'] !== undefined;
  if (isSecret && typeof value['name'] === 'string') {
    found.SDS.add(value['name']);
  }
  if (value['configDiscovery'] !== undefined && typeof value['name'] === 'string') {
    found.ECDS.add(value['name']);
  }
  for (const [name, item] of Object.entries(value)) collect(item, name, found);
}
