import { jsonKind } from '../kind-def.ts';
import { routeStatusDef } from '../status-def.ts';
import { gatewayGroup } from './parent-ref.ts';
import { portRoute } from './port-route.ts';
import { routeLinks } from './route-links.ts';

export const tcpRouteKind = jsonKind(
  {
    group: gatewayGroup,
    kind: 'TCPRoute',
    versions: ['v1', 'v1alpha2'],
    plural: 'tcproutes',
    scope: 'namespaced',
    role: 'route',
    status: routeStatusDef,
  },
  portRoute,
  (row, namespace, name) => routeLinks('TCPRoute', row, namespace, name),
);
