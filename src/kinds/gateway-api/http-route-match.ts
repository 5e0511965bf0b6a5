import { z } from 'zod';
import { identifier } from '../shape/identifier.ts';
import { visibleText } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';

export const headerName = z.string().max(256).regex(identifier.token, 'must be an HTTP header name');

/** Longer than the API's limit for query values (1024), as older releases allowed. */
export const headerValue = visibleText(4096).min(1);

export const httpMethods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
] as const;

export const defaultPath = { type: 'PathPrefix', value: '/' } as const;

const pathMatch = z
  .object({
    type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
    value: visibleText(1024).default('/'),
  })
  .superRefine((path, context) => {
    if (path.type === 'RegularExpression') return;
    const wrong = whatIsWrong(path.value);
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: ['value'], message: wrong });
  });

const valueMatch = z.object({
  type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
  name: headerName,
  value: headerValue,
});

export const valueMatches = z
  .array(valueMatch)
  .max(16)
  .superRefine((matches, context) => refuseDuplicates(matches, ({ name }) => name, context, 'name'))
  .default([]);

export const routeMatch = z.object({
  path: pathMatch.default(defaultPath),
  headers: valueMatches,
  queryParams: valueMatches,
  method: z.enum(httpMethods).optional(),
});

/** Checks a path by the rules of types Exact and PathPrefix: https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch */
function whatIsWrong(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must start with "/"';
  const part = ['//', '/./', '/../', '%2f', '%2F', '#'].find((text) => path.includes(text));
  if (part !== undefined) return `must not contain "${part}"`;
  const end = ['/..', '/.'].find((text) => path.endsWith(text));
  if (end !== undefined) return `must not end with "${end}"`;
  if (/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/.test(path)) return undefined;
  return 'must only contain characters of a URL path';
}
