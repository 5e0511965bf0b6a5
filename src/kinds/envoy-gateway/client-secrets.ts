import { z } from 'zod';
import { headerName } from '../gateway-api/http-route-match.ts';
import { visibleText } from '../shape/shape.ts';
import { secretRef } from './secret-ref.ts';

/** Parts of a SecurityPolicy about passwords and keys of clients, which Secrets hold. */

export const basicAuth = z.object({ users: secretRef, forwardUsernameHeader: headerName.min(1).optional() });

const names = z.array(visibleText(256).min(1)).min(1).max(16).optional();

const keySource = z
  .object({ headers: z.array(headerName.min(1)).min(1).max(16).optional(), params: names, cookies: names })
  .refine(
    ({ headers, params, cookies }) =>
      [headers, params, cookies].filter((list) => list !== undefined).length === 1,
    'must give one of headers, params and cookies',
  );

export const apiKeyAuth = z.object({
  credentialRefs: z.array(secretRef).min(1).max(16),
  extractFrom: z.array(keySource).min(1).max(16),
  forwardClientIDHeader: headerName.min(1).optional(),
  sanitize: z.boolean().default(false),
});

export type BasicAuth = z.infer<typeof basicAuth>;
export type ApiKeyAuth = z.infer<typeof apiKeyAuth>;
