import { z } from 'zod';
import { backendObjectReference } from './backend-ref.ts';
import { cors } from './cors.ts';
import { externalAuth } from './external-auth.ts';
import { headerName, headerValue } from './http-route-match.ts';
import {
  groupName,
  kindName,
  maxInt32,
  objectName,
  portNumber,
  preciseHostname,
  visibleText,
} from '../shape/shape.ts';
import { ends } from '../shape/ends.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';

/** Filters of a rule or of one backend, with the API's rules about their combination. */
export const routeFilters = z
  .lazy(() => z.array(routeFilter).max(16))
  .superRefine((filters, context) => {
    refuseDuplicates(filters, ({ type }) => (atMostOnce.has(type) ? type : undefined), context, 'type');
    const redirect = filters.findIndex(({ type }) => type === 'RequestRedirect');
    if (redirect === -1 || !filters.some(({ type }) => type === 'URLRewrite')) return;
    const message = 'must not be used together with URLRewrite';
    context.addIssue({ code: 'custom', path: [redirect, 'type'], message });
  });

const atMostOnce: ReadonlySet<string> = new Set([
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestRedirect',
  'URLRewrite',
  'CORS',
]);

/** Filters of a rule of a GRPCRoute, or of one of its backends. */
export const grpcFilters = z
  .lazy(() => z.array(grpcFilter).max(16))
  .superRefine((filters, context) =>
    refuseDuplicates(filters, ({ type }) => (atMostOnce.has(type) ? type : undefined), context, 'type'),
  );

const headerValues = z
  .array(z.object({ name: headerName, value: headerValue }))
  .max(16)
  .superRefine((headers, context) => refuseDuplicates(headers, ({ name }) => name, context, 'name'))
  .default([]);

/** Changes of headers. */
export const headerFilter = z.object({
  set: headerValues,
  add: headerValues,
  remove: z
    .array(headerName)
    .max(16)
    .superRefine((names, context) => refuseDuplicates(names, (name) => name, context))
    .default([]),
});

const replacement = visibleText(1024);

const pathModifier = exclusiveMembers(
  { ReplaceFullPath: 'replaceFullPath', ReplacePrefixMatch: 'replacePrefixMatch' },
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('ReplaceFullPath'), replaceFullPath: replacement }),
    z.object({ type: z.literal('ReplacePrefixMatch'), replacePrefixMatch: replacement }),
  ]),
);

const fraction = z
  .object({
    numerator: z.int().min(0).max(maxInt32),
    denominator: z.int().min(1).max(maxInt32).default(100),
  })
  .refine(({ numerator, denominator }) => numerator <= denominator, {
    path: ['numerator'],
    message: 'must not be larger than the denominator',
  });

const requestMirror = z
  .object({
    backendRef: backendObjectReference,
    percent: z.int().min(0).max(100).optional(),
    fraction: fraction.optional(),
  })
  .refine((mirror) => mirror.percent === undefined || mirror.fraction === undefined, {
    path: ['fraction'],
    message: 'must not be given together with percent',
  });

const requestRedirect = z.object({
  scheme: z.enum(['http', 'https']).optional(),
  hostname: preciseHostname.optional(),
  path: pathModifier.optional(),
  port: portNumber.optional(),
  statusCode: z.literal([301, 302, 303, 307, 308]).default(302),
});

const urlRewrite = z.object({ hostname: preciseHostname.optional(), path: pathModifier.optional() });

const filters = {
  RequestHeaderModifier: z.object({
    type: z.literal('RequestHeaderModifier'),
    requestHeaderModifier: headerFilter,
  }),
  ResponseHeaderModifier: z.object({
    type: z.literal('ResponseHeaderModifier'),
    responseHeaderModifier: headerFilter,
  }),
  RequestMirror: z.object({ type: z.literal('RequestMirror'), requestMirror }),
  RequestRedirect: z.object({ type: z.literal('RequestRedirect'), requestRedirect }),
  URLRewrite: z.object({ type: z.literal('URLRewrite'), urlRewrite }),
  CORS: z.object({ type: z.literal('CORS'), cors }),
  ExternalAuth: z.object({ type: z.literal('ExternalAuth'), externalAuth }),
  ExtensionRef: z.object({
    type: z.literal('ExtensionRef'),
    extensionRef: z.object({ group: groupName, kind: kindName, name: objectName }),
  }),
};

const grpcFilter = exclusiveMembers(
  {
    RequestHeaderModifier: 'requestHeaderModifier',
    ResponseHeaderModifier: 'responseHeaderModifier',
    RequestMirror: 'requestMirror',
    ExtensionRef: 'extensionRef',
  },
  z.discriminatedUnion('type', [
    filters.RequestHeaderModifier,
    filters.ResponseHeaderModifier,
    filters.RequestMirror,
    filters.ExtensionRef,
  ]),
);

const routeFilter = exclusiveMembers(
  {
    RequestHeaderModifier: 'requestHeaderModifier',
    ResponseHeaderModifier: 'responseHeaderModifier',
    RequestMirror: 'requestMirror',
    RequestRedirect: 'requestRedirect',
    URLRewrite: 'urlRewrite',
    CORS: 'cors',
    ExternalAuth: 'externalAuth',
    ExtensionRef: 'extensionRef',
  },
  z.discriminatedUnion('type', [
    filters.RequestHeaderModifier,
    filters.ResponseHeaderModifier,
    filters.RequestMirror,
    filters.RequestRedirect,
    filters.URLRewrite,
    filters.CORS,
    filters.ExternalAuth,
    filters.ExtensionRef,
  ]),
);

/** Filters of a listener that see requests before routes are matched. Others are not supported, and may restrict. */
export const listenerRequestFilters = z.lazy(() => z.array(listenerFilter).max(16)).default([]);

const listenerFilter = exclusiveMembers(
  { ExternalAuth: 'externalAuth', ExtensionRef: 'extensionRef' },
  z.discriminatedUnion(
    'type',
    [filters.ExternalAuth],
    'must be ExternalAuth: no other filter of listeners is supported',
  ),
);

/** Refuses members of another type before the schema runs: the union would drop them without a report. */
function exclusiveMembers<S extends z.ZodType>(members: Readonly<Record<string, string>>, schema: S) {
  const memberOfType = new Map(Object.entries(members));
  return z
    .unknown()
    .superRefine((value, context) => {
      if (typeof value !== 'object' || value === null) return;
      const type = Object.getOwnPropertyDescriptor(value, 'type')?.value as unknown;
      const own = typeof type === 'string' ? memberOfType.get(type) : undefined;
      if (own === undefined) return;
      for (const member of memberOfType.values()) {
        if (member === own || !Object.hasOwn(value, member)) continue;
        const message = `must not be given for type ${String(type)}`;
        context.addIssue({ code: 'custom', path: [member], message, ...ends });
      }
    })
    .pipe(schema);
}
