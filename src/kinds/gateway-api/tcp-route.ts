import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { labelledMetadata } from '../shape/shape.ts';
import { routeStatusDef } from '../status-def.ts';
import { tolerant } from '../tolerant.ts';
import { backendRules } from './backend-rule.ts';
import { gatewayGroup, parentReferences } from './parent-ref.ts';
import { routeLinks } from './route-links.ts';

/** A route of all connections to a port. It has no hostnames, as every route has a list of them. */
const routeObject = z.object({
  metadata: labelledMetadata,
  spec: tolerant(
    { parentRefs: parentReferences.default([]), rules: backendRules },
    { parentRefs: [], rules: [] },
  ).transform((spec): typeof spec & { readonly hostnames: readonly string[] } => ({
    ...spec,
    hostnames: [],
  })),
});

const tcpRoute = namingLeftOut(routeObject);

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
  tcpRoute,
  (row, namespace, name) => routeLinks('TCPRoute', row, namespace, name),
);
