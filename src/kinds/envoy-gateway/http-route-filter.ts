import { z } from 'zod';
import { responseBody } from './backend-traffic-answers.ts';
import { headerFilter } from '../gateway-api/http-route-filter.ts';
import { headerName } from '../gateway-api/http-route-match.ts';
import { maxRegexCharacters } from '../gateway-api/regex-budget.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { groupName, kindName, metadata, namespaceName, objectName, visibleText } from '../shape/shape.ts';
import { tolerant } from '../tolerant.ts';

const regexReplacement = z.object({
  pattern: z.string().min(1),
  substitution: visibleText(1024),
});

const path = z.object({ type: z.literal('ReplaceRegexMatch'), replaceRegexMatch: regexReplacement });

const hostname = z
  .object({
    type: z.enum(['Header', 'Backend', 'PathRegex']),
    header: headerName.optional(),
    pathRegex: regexReplacement.optional(),
  })
  .superRefine(({ type, header, pathRegex }, context) => {
    const given = { Header: header, PathRegex: pathRegex };
    for (const [of, field] of [
      ['Header', 'header'],
      ['PathRegex', 'pathRegex'],
    ] as const) {
      if ((type === of) === (given[of] !== undefined)) continue;
      const message = type === of ? `is required for type ${of}` : `must not be given for type ${type}`;
      context.addIssue({ code: 'custom', path: [field], message });
    }
  });

const urlRewrite = z.object({
  hostname: hostname.optional(),
  path: path.optional(),
  appendXForwardedHost: z.boolean().optional(),
});

const directResponse = z
  .object({
    contentType: visibleText(256).min(1).optional(),
    body: responseBody.optional(),
    /** Envoy takes no other. */
    statusCode: z.int().min(200).max(599).default(200),
    header: headerFilter.optional(),
  })
  .refine(({ header }) => header === undefined || header.remove.length === 0, {
    path: ['header', 'remove'],
    message: 'must be empty: a direct response has no other headers',
  });

const credentialInjection = z.object({
  header: headerName.refine((name) => name.toLowerCase() !== 'host', 'must not name Host').optional(),
  overwrite: z.boolean().default(false),
  credential: z.object({
    valueRef: z.object({
      group: groupName.default(''),
      kind: kindName.default('Secret'),
      name: objectName,
      namespace: namespaceName.optional(),
    }),
  }),
});

const cookie = z.object({
  type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
  name: z
    .string()
    .max(256)
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'must be the name of a cookie'),
  value: visibleText(4096).min(1),
});

const match = z.object({ cookies: z.array(cookie).min(1).max(16) });

const spec = tolerant(
  {
    urlRewrite: urlRewrite.optional(),
    directResponse: directResponse.optional(),
    credentialInjection: credentialInjection.optional(),
    matches: z.array(match).max(8).default([]),
  },
  { urlRewrite: undefined, directResponse: undefined, credentialInjection: undefined, matches: [] },
  ({ matches }, context) => {
    const regexes = matches.flatMap(({ cookies }) => cookies.filter(({ type }) => type !== 'Exact'));
    if (regexes.reduce((sum, { value }) => sum + value.length, 0) <= maxRegexCharacters) return;
    const message = `the regular expressions must have at most ${maxRegexCharacters} characters together`;
    context.addIssue({ code: 'custom', path: ['matches'], message });
  },
);

const httpRouteFilter = namingLeftOut(z.object({ metadata, spec }));

export type HTTPRouteFilterRow = z.infer<typeof httpRouteFilter>;
export type DirectResponse = z.infer<typeof directResponse>;
export type CredentialInjection = z.infer<typeof credentialInjection>;
export type CookieMatch = z.infer<typeof cookie>;

/**
 * A filter that rules of routes refer to, with what Gateway API's own filters lack. Has no status: routes report it.
 * https://gateway.envoyproxy.io/docs/api/extension_types/#httproutefilter
 */
export const httpRouteFilterKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'HTTPRouteFilter',
    versions: ['v1alpha1'],
    plural: 'httproutefilters',
    scope: 'namespaced',
    role: 'support',
  },
  httpRouteFilter,
);
