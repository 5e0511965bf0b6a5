import { jsonKind } from '../kind-def.ts';
import { routeStatusDef } from '../status-def.ts';
import { gatewayGroup } from './parent-ref.ts';
import { portRoute } from './port-route.ts';
import { routeLinks } from './route-links.ts';

export const udpRouteKind = jsonKind(
  {
    group: gatewayGroup,
    kind: 'UDPRoute',
    versions: ['v1', 'v1alpha2'],
    plural: 'udproutes',
    scope: 'namespaced',
    role: 'route',
    status: routeStatusDef,
  },
  portRoute,
  (row, namespace, name) => routeLinks('UDPRoute', row, namespace, name),
);
