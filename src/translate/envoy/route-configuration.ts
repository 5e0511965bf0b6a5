import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { Route, type VirtualHost } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import type { RouteEntry } from '../../batch/outcome.ts';
import { entriesVersion } from '../../batch/entries-version.ts';
import type { RouteEntryIR, RouteFragmentIR, RouteTableIR } from '../ir.ts';
import { encode } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { lateMutation } from './header-mutations.ts';
import { resource, type EncodedResource } from './resource.ts';
import { routes as envoyRoutes } from './route.ts';

/**
 * Encodes a RouteConfiguration without the virtual hosts of its domains: those are resources of their own (VHDS), so that
 * a changed route costs its host alone.
 */
export function routeConfigurationResource({ name, rest, lateHeaders }: RouteTableIR): EncodedResource {
  return resource(RouteConfiguration, name, {
    name,
    ...(rest === undefined ? {} : { virtualHosts: [restHost(rest)] }),
    vhds: { configSource: adsConfigSource },
    // A listener's port may be mapped to another one on the way, so the Host header's port does not count.
    ignorePortInHostMatching: true,
    ...(lateHeaders === undefined ? {} : { typedPerFilterConfig: new Map([lateMutation(lateHeaders)]) }),
  });
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
