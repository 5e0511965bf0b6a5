import type { JsonObject } from '@bufbuild/protobuf';
import type { XdsResource } from '../../../src/batch/outcome.ts';
import type { UnitName } from '../../../src/lib/key.ts';
import { VirtualHosts } from '../../../src/publish/virtual-hosts.ts';
import { typeUrl } from '../../../src/publish/type-table.ts';
import { parseUnitName } from '../../../src/units/unit.ts';
import { translateUnit } from '../../../src/translate/translate.ts';
import { must } from '../../../src/lib/assert.ts';
import { withHosts } from '../xds/with-hosts.ts';
import type { MemoryReader } from './memory-reader.ts';
import { xdsJson } from '../xds/xds-json.ts';

/** Output of all stages, as JSON, without running them. */
export interface Translation {
  readonly listeners: ReadonlyMap<string, JsonObject>;
  /** RouteConfigurations by name, with their virtual hosts in order of domain. */
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
  const tables = new Map<string, Map<string, XdsResource>>();
  const hosts = new VirtualHosts(() => {});
  const statuses = new Map<string, JsonObject>();
  const attachments: string[] = [];
  const queue: UnitName[] = [...reader.rows.values()].flatMap((row) => row.units);
  const done = new Set<UnitName>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const output = translateUnit(parseUnitName(name), reader);
    for (const resource of output.resources) {
      const table = tables.get(resource.typeUrl) ?? new Map<string, XdsResource>();
      tables.set(resource.typeUrl, table.set(resource.name, resource));
    }
    for (const fragment of output.fragments) hosts.put(fragment);
    attachments.push(...output.attachments);
    queue.push(...output.refs);
    if (output.report !== undefined) {
      statuses.set(output.report.object, JSON.parse(output.report.status) as JsonObject);
    }
  }
  const table = (type: string) =>
    new Map([...(tables.get(type) ?? [])].map(([name, { bytes }]) => [name, xdsJson(type, bytes)]));
  const hostJson = (name: string) =>
    xdsJson(typeUrl.virtualHost, must(hosts.all.get(name)?.resource, name).bytes);
  const routes = [...table(typeUrl.route)].map(([name, json]): [string, JsonObject] => [
    name,
    withHosts(json, [...hosts.namesOf(name)].map(hostJson)),
  ]);
  return {
    listeners: table(typeUrl.listener),
    routes: new Map(routes),
    clusters: table(typeUrl.cluster),
    endpoints: table(typeUrl.endpoint),
    secrets: table(typeUrl.secret),
    statuses,
    attachments: attachments.sort(),
  };
}
