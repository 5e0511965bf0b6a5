import { z } from 'zod';
import { headerName, httpMethods } from '../gateway-api/http-route-match.ts';
import { visibleText } from '../shape/shape.ts';
import { notYet } from './not-yet.ts';

/** Part of a SecurityPolicy about who may do what. The first rule that matches a request decides. */

const action = z.enum(['Allow', 'Deny']);

const text = visibleText(4096).min(1);

const claim = z.object({
  /** Dots lead into maps of the claim. */
  name: visibleText(253).min(1),
  valueType: z.enum(['String', 'StringArray']).default('String'),
  values: z.array(text).min(1).max(128),
});

const jwt = z
  .object({
    provider: z.string().min(1).max(253),
    claims: z.array(claim).min(1).max(16).optional(),
    scopes: z.array(visibleText(253).min(1)).min(1).max(16).optional(),
  })
  .refine(({ claims, scopes }) => (claims ?? scopes) !== undefined, 'must give claims or scopes');

const principal = z
  .object({
    clientCIDRs: z
      .array(z.union([z.cidrv4(), z.cidrv6()], { error: 'must be a range such as 10.0.0.0/8' }))
      .min(1)
      .max(1024)
      .optional(),
    jwt: jwt.optional(),
    headers: z
      .array(z.object({ name: headerName.min(1), values: z.array(text).min(1).max(256) }))
      .min(1)
      .max(256)
      .optional(),
    clientIPGeoLocations: notYet,
  })
  .refine(
    ({ clientCIDRs, jwt: token, headers }) => (clientCIDRs ?? token ?? headers) !== undefined,
    'must ask for something',
  );

const operation = z
  .object({
    methods: z.array(z.enum(httpMethods)).min(1).max(16).optional(),
    path: z
      .object({
        type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
        value: visibleText(1024).min(1).default('/'),
        invert: z.boolean().default(false),
      })
      .optional(),
  })
  .refine(({ methods, path }) => methods !== undefined || path !== undefined, 'must ask for something');

const rule = z
  .object({
    name: visibleText(253).min(1).optional(),
    action,
    operation: operation.optional(),
    principal: principal.optional(),
    cel: visibleText(4096).min(1).optional(),
  })
  .refine(({ principal: asked, cel }) => (asked ?? cel) !== undefined, {
    path: ['principal'],
    message: 'is required without cel',
  });

export const authorization = z.object({
  rules: z.array(rule).max(128).optional(),
  defaultAction: action.optional(),
});

export type Authorization = z.infer<typeof authorization>;
export type AuthorizationRule = z.infer<typeof rule>;
