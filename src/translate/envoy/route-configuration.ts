import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { Route, type VirtualHost } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import type { RouteEntry } from '../../batch/outcome.ts';
import { entriesVersion } from '../../batch/entries-version.ts';
import type { RouteEntryIR, RouteFragmentIR, RouteTableIR } from '../ir.ts';
import { encode } from './any.ts';
import { resource, type EncodedResource } from './resource.ts';
import { routes as envoyRoutes } from './route.ts';

/**
 * Encodes a RouteConfiguration without virtual hosts. Appending the fragments' bytes, in order of domain, completes it:
 * protobuf lets a repeated field stand anywhere. Status 421 tells an HTTP/2 client to open another connection for another
 * name: https://gateway-api.sigs.k8s.io/geps/gep-3567/
 */
export function routeConfigurationResource({ name, elsewhere, rest }: RouteTableIR): EncodedResource {
  const hosts = [
    ...(elsewhere.length === 0 ? [] : [wholeHost('@elsewhere', elsewhere, misdirected)]),
    ...(rest === undefined
      ? []
      : [wholeHost('@rest', ['*'], rest === 'misdirected' ? misdirected : ask(rest.askListener))]),
  ];
  return resource(RouteConfiguration, name, {
    name,
    ...(hosts.length === 0 ? {} : { virtualHosts: hosts }),
    // A listener's port may be mapped to another one on the way, so the Host header's port does not count.
    ignorePortInHostMatching: true,
  });
}

/** Names a virtual host by `@`, which no domain has. */
function wholeHost(name: string, domains: readonly string[], action: Route['action']): VirtualHost {
  return {
    name,
    domains: [...domains],
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
  return fragments.map(({ routeConfiguration, domain, entries }) => {
    let encoded = known.get(entries);
    if (encoded === undefined) known.set(entries, (encoded = encodedEntries(entries)));
    return { routeConfiguration, domain, ...encoded };
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
