import { z } from 'zod';
import { backendFields, requirePort } from './backend-ref.ts';
import { grpcFilters } from './http-route-filter.ts';
import { valueMatches } from './http-route-match.ts';
import { gatewayGroup, parentReferences } from './parent-ref.ts';
import { withinRegexBudget } from './regex-budget.ts';
import { closedToUnreadHostnames, limitMatches } from './route-bounds.ts';
import { routeLinks } from './route-links.ts';
import { namingLeftOut } from '../left-out.ts';
import { sessionPersistence } from './session-persistence.ts';
import { jsonKind } from '../kind-def.ts';
import { hostname, labelledMetadata, objectName, visibleText } from '../shape/shape.ts';
import { routeStatusDef } from '../status-def.ts';
import { markRepeated, readable, tolerant } from '../tolerant.ts';

/** Names of services and methods: https://gateway-api.sigs.k8s.io/reference/spec/#grpcmethodmatch */
const exactName = {
  service: /^[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*$/,
  method: /^[A-Za-z_][A-Za-z_0-9]*$/,
};

const methodMatch = z
  .object({
    type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
    service: visibleText(1024).default(''),
    method: visibleText(1024).default(''),
  })
  .superRefine(({ type, service, method }, context) => {
    if (service === '' && method === '')
      context.addIssue({ code: 'custom', message: 'must give a service or a method' });
    if (type === 'RegularExpression') return;
    for (const [field, value] of Object.entries({ service, method })) {
      if (value === '' || exactName[field as keyof typeof exactName].test(value)) continue;
      context.addIssue({ code: 'custom', path: [field], message: `must be the name of a gRPC ${field}` });
    }
  });

const grpcMatch = z.object({ method: methodMatch.optional(), headers: valueMatches });

const backendRef = z
  .object({
    ...backendFields,
    weight: z.int().min(0).max(1_000_000).default(1),
    filters: grpcFilters.default([]),
  })
  .superRefine(requirePort);

const matchAll: z.infer<typeof grpcMatch>[] = [{ headers: [] }];

/** A rule that cannot be read answers UNAVAILABLE at those of its matches that can. */
const grpcRule = tolerant(
  {
    name: objectName.optional(),
    matches: z
      .array(grpcMatch)
      .max(64)
      .default(matchAll)
      .transform((matches) => (matches.length === 0 ? matchAll : matches)),
    filters: grpcFilters.default([]),
    backendRefs: z.array(backendRef).max(16).default([]),
    sessionPersistence: sessionPersistence.optional(),
  },
  {
    name: undefined,
    matches: readable(grpcMatch),
    filters: [],
    backendRefs: [],
    sessionPersistence: undefined,
  },
);

const grpcRules = z
  .array(grpcRule)
  .max(16)
  .superRefine(limitMatches)
  .transform((rules) =>
    withinRegexBudget(
      markRepeated(rules, ({ name }) => name, 'name'),
      ({ method, headers }: GRPCRouteMatch) => [
        ...(method === undefined ? [] : [{ type: method.type, value: `${method.service}${method.method}` }]),
        ...headers,
      ],
    ),
  );

const routeObject = z.object({
  metadata: labelledMetadata,
  spec: tolerant(
    {
      parentRefs: parentReferences.default([]),
      hostnames: z.array(hostname).max(16).default([]),
      rules: grpcRules.default([]),
    },
    { parentRefs: [], hostnames: readable(hostname), rules: [] },
  ).transform((spec) => closedToUnreadHostnames(spec)),
});

const grpcRoute = namingLeftOut(routeObject);

export type GRPCRouteRow = z.infer<typeof grpcRoute>;
export type GRPCRouteMatch = z.infer<typeof grpcMatch>;

export const grpcRouteKind = jsonKind(
  {
    group: gatewayGroup,
    kind: 'GRPCRoute',
    versions: ['v1'],
    plural: 'grpcroutes',
    scope: 'namespaced',
    role: 'route',
    status: routeStatusDef,
  },
  grpcRoute,
  (row, namespace, name) => routeLinks('GRPCRoute', row, namespace, name),
);
