import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { Route, type VirtualHost } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import type { RouteEntry } from '../../batch/outcome.ts';
import { entriesVersion } from '../../batch/entries-version.ts';
import type { RouteEntryIR, RouteFragmentIR, RouteTableIR } from '../ir.ts';
import { isSharded, partsWith, tableParts } from '../../units/route-shard.ts';
import { encode } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { lateMutation } from './header-mutations.ts';
import { resource, type EncodedResource } from './resource.ts';
import { routes as envoyRoutes } from './route.ts';
import { scopes, shardHeader } from './scoped-routes.ts';

/**
 * Encodes the RouteConfigurations of a table without the virtual hosts of its domains. Those are resources of their own
 * (VHDS), so that a changed route costs its host alone; those of a shard are added to it. Envoy finds shards by scopes.
 */
export function routeTableResources({ name: table, rest, lateHeaders }: RouteTableIR): EncodedResource[] {
  const configurations = tableParts(table).map((name) =>
    resource(RouteConfiguration, name, {
      name,
      ...(rest === undefined ? {} : { virtualHosts: [restHost(rest)] }),
      ...(isSharded(table)
        ? { requestHeadersToRemove: [shardHeader] }
        : { vhds: { configSource: adsConfigSource } }),
      // A listener's port may be mapped to another one on the way, so the Host header's port does not count.
      ignorePortInHostMatching: true,
      ...(lateHeaders === undefined ? {} : { typedPerFilterConfig: new Map([lateMutation(lateHeaders)]) }),
    }),
  );
  return [...configurations, ...scopes(table)];
}

/** Answers for unknown domains. Named by `@`, which no domain has. */
function restHost(rest: NonNullable<RouteTableIR['rest']>): VirtualHost {
  const action = rest === 'misdirected' ? misdirected : ask(rest.askListener);
  return {
    name: '@rest',
    domains: ['*'],
    routes: [{ name: 'misdirected', match: { pathSpecifier: { $case: 'prefix', value: '/' } }, action }],
  };
}

const misdirected: Route['action'] = { $case: 'directResponse', value: { status: 421 } };

/** The listener's cluster has the same name. */
function ask(cluster: string): Route['action'] {
  return { $case: 'route', value: { clusterSpecifier: { $case: 'cluster', value: cluster } } };
}

export interface EncodedFragment {
  readonly routeConfiguration: string;
  readonly domain: string;
  readonly version: string;
  readonly entries: readonly RouteEntry[];
}

/** Encodes each entry and each list of entries once, for any number of domains. */
export function routeFragments(fragments: readonly RouteFragmentIR[]): EncodedFragment[] {
  const known = new Map<RouteFragmentIR['entries'], Pick<EncodedFragment, 'version' | 'entries'>>();
  return fragments.flatMap(({ table, domain, entries }) => {
    let encoded = known.get(entries);
    if (encoded === undefined) known.set(entries, (encoded = encodedEntries(entries)));
    const content = encoded;
    return partsWith(table, domain).map((routeConfiguration) => ({ routeConfiguration, domain, ...content }));
  });
}

function encodedEntries(entries: readonly RouteEntryIR[]): Pick<EncodedFragment, 'version' | 'entries'> {
  const encoded = entries.map(({ order, rule, routes }) => ({
    order,
    rule,
    bytes: routes
      .flatMap(envoyRoutes)
      .reduce((writer, route) => writer.uint32(fieldRoutes).bytes(encode(Route, route)), new BinaryWriter())
      .finish(),
  }));
  return { version: entriesVersion(encoded), entries: encoded };
}

const fieldRoutes = (3 << 3) | 2;
