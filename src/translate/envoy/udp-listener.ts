import { Listener } from '../../../proto/gen/envoy/config/listener/v3/listener.ts';
import { Route } from '../../../proto/gen/envoy/extensions/filters/udp/udp_proxy/v3/route.ts';
import { UdpProxyConfig } from '../../../proto/gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy.ts';
import type { UdpListenerIR } from '../listener-ir.ts';
import { accessLogField } from './access-log.ts';
import { any } from './any.ts';
import { resource, type EncodedResource } from './resource.ts';
import { udpAddress } from './socket-address.ts';

/**
 * Encodes a port of datagrams. Envoy takes no UDP filter by ECDS, and a change of the Listener ends the sessions of its
 * clients. So it names one cluster for good, and routes change that.
 */
export function udpListenerResource(listener: UdpListenerIR): EncodedResource {
  const { name, port, cluster, accessLogs } = listener;
  const route = { name: 'route', typedConfig: any(Route, { cluster }) };
  const config: UdpProxyConfig = {
    statPrefix: `udp-${port}`,
    routeSpecifier: {
      $case: 'matcher',
      value: { onNoMatch: { onMatch: { $case: 'action', value: route } } },
    },
    ...accessLogField(accessLogs.route),
  };
  const message: Listener = {
    name,
    address: { address: { $case: 'socketAddress', value: udpAddress(listener) } },
    udpListenerConfig: {},
    listenerFilters: [
      {
        name: 'envoy.filters.udp_listener.udp_proxy',
        configType: { $case: 'typedConfig', value: any(UdpProxyConfig, config) },
      },
    ],
    ...accessLogField(accessLogs.listener),
  };
  return resource(Listener, name, message);
}
