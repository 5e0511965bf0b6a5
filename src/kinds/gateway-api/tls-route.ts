import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { hostname, labelledMetadata } from '../shape/shape.ts';
import { routeStatusDef } from '../status-def.ts';
import { readable, tolerant } from '../tolerant.ts';
import { backendRules } from './backend-rule.ts';
import { gatewayGroup, parentReferences } from './parent-ref.ts';
import { closedToUnreadHostnames } from './route-bounds.ts';
import { routeLinks } from './route-links.ts';

/** A route of TLS connections by their server name. */
const routeObject = z.object({
  metadata: labelledMetadata,
  spec: tolerant(
    {
      parentRefs: parentReferences.default([]),
      // Optional in v1alpha2 and v1alpha3: a route without hostnames is for all.
      hostnames: z.array(hostname).max(1024).default([]),
      rules: backendRules,
    },
    { parentRefs: [], hostnames: readable(hostname), rules: [] },
  ).transform((spec) => closedToUnreadHostnames(spec)),
});

const tlsRoute = namingLeftOut(routeObject);

export const tlsRouteKind = jsonKind(
  {
    group: gatewayGroup,
    kind: 'TLSRoute',
    versions: ['v1', 'v1alpha3', 'v1alpha2'],
    plural: 'tlsroutes',
    scope: 'namespaced',
    role: 'route',
    status: routeStatusDef,
  },
  tlsRoute,
  (row, namespace, name) => routeLinks('TLSRoute', row, namespace, name),
);
