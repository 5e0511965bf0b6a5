import type { JsonObject } from '@bufbuild/protobuf';
import type { UnitName } from '../../src/lib/key.ts';
import { parseUnitName } from '../../src/units/unit.ts';
import { translateUnit } from '../../src/translate/translate.ts';
import type { MemoryReader } from './memory-reader.ts';
import { xdsJson } from './xds-json.ts';

/** Everything that a set of manifests gives, as JSON: what all stages together would make of it, without them. */
export interface Translation {
  /** By name, then with their virtual hosts in order of domain. */
  readonly listeners: ReadonlyMap<string, JsonObject>;
  readonly routes: ReadonlyMap<string, JsonObject>;
  readonly clusters: ReadonlyMap<string, JsonObject>;
  readonly endpoints: ReadonlyMap<string, JsonObject>;
  readonly secrets: ReadonlyMap<string, JsonObject>;
  /** Statuses by `Kind/namespace/name`. */
  readonly statuses: ReadonlyMap<string, JsonObject>;
  /** `gatewayNamespace/gateway/listener` of every HTTPRoute. */
  readonly attachments: readonly string[];
}

export function translateAll(reader: MemoryReader): Translation {
  const tables = new Map<string, Map<string, { typeUrl: string; bytes: Uint8Array }>>();
  const fragments: { routeConfiguration: string; domain: string; bytes: Uint8Array }[] = [];
  const statuses = new Map<string, JsonObject>();
  const attachments: string[] = [];
  const queue: UnitName[] = [...reader.rows.values()].flatMap((row) => row.units);
  const done = new Set<UnitName>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const output = translateUnit(parseUnitName(name), reader);
    for (const { typeUrl, name: resource, bytes } of output.resources) {
      const table = tables.get(typeUrl) ?? new Map<string, { typeUrl: string; bytes: Uint8Array }>();
      tables.set(typeUrl, table.set(resource, { typeUrl, bytes }));
    }
    fragments.push(...output.virtualHosts);
    attachments.push(...output.attachments);
    queue.push(...output.refs);
    if (output.report !== undefined) {
      statuses.set(output.report.object, JSON.parse(output.report.status) as JsonObject);
    }
  }
  fragments.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  const table = (type: string) =>
    new Map(
      [
        ...(tables.get(`type.googleapis.com/${type}`) ??
          new Map<string, { typeUrl: string; bytes: Uint8Array }>()),
      ].map(([name, { typeUrl, bytes }]) => {
        const hosts = fragments.filter((fragment) => fragment.routeConfiguration === name);
        const isRoutes = type === routeType;
        const whole = isRoutes ? Buffer.concat([bytes, ...hosts.map((host) => host.bytes)]) : bytes;
        return [name, xdsJson(typeUrl, whole)] as const;
      }),
    );
  return {
    listeners: table('envoy.config.listener.v3.Listener'),
    routes: table(routeType),
    clusters: table('envoy.config.cluster.v3.Cluster'),
    endpoints: table('envoy.config.endpoint.v3.ClusterLoadAssignment'),
    secrets: table('envoy.extensions.transport_sockets.tls.v3.Secret'),
    statuses,
    attachments: attachments.sort(),
  };
}

const routeType = 'envoy.config.route.v3.RouteConfiguration';
