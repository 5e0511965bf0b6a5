import { z } from 'zod';
import { headerName } from '../gateway-api/http-route-match.ts';
import { durationMs, groupName, kindName, objectName, visibleText } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { backendSettings, serverRef, serverRefs } from './server-ref.ts';

/** Part of a SecurityPolicy about JSON Web Tokens of clients. */

const remoteJWKS = z.object({
  uri: z
    .string()
    .max(253)
    .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s#]*)?$/, 'must be a URL with http or https'),
  backendRef: serverRef.optional(),
  backendRefs: serverRefs,
  backendSettings,
  cacheDuration: durationMs.refine((ms) => ms >= 1000, 'must be a second or more').default(300_000),
  failedRefetchDuration: durationMs.refine((ms) => ms >= 1000, 'must be a second or more').optional(),
});

const localJWKS = z
  .object({
    type: z.enum(['Inline', 'ValueRef']).default('Inline'),
    inline: z.string().max(65_536).optional(),
    valueRef: z
      .object({ group: groupName.default(''), kind: kindName.default('ConfigMap'), name: objectName })
      .optional(),
  })
  .superRefine(({ type, inline, valueRef }, context) => {
    const isInline = type === 'Inline';
    if (isInline === (inline !== undefined) && isInline === (valueRef === undefined)) return;
    const message = `must be given for type ${type}, and nothing else`;
    context.addIssue({ code: 'custom', path: [isInline ? 'inline' : 'valueRef'], message });
  });

const names = z.array(visibleText(256).min(1)).max(16).default([]);

const provider = z
  .object({
    name: z
      .string()
      .min(1)
      .max(253)
      .regex(
        /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/,
        'must be a name of letters, digits, ".", "_", "-" and "/"',
      ),
    issuer: visibleText(253).default(''),
    audiences: z.array(visibleText(256).min(1)).max(8).default([]),
    remoteJWKS: remoteJWKS.optional(),
    localJWKS: localJWKS.optional(),
    claimToHeaders: z
      .array(z.object({ header: headerName.min(1), claim: visibleText(253).min(1) }))
      .max(64)
      .default([]),
    recomputeRoute: z.boolean().default(false),
    extractFrom: z
      .object({
        headers: z
          .array(z.object({ name: headerName.min(1), valuePrefix: visibleText(256).default('') }))
          .max(16)
          .default([]),
        cookies: names,
        params: names,
      })
      .optional(),
  })
  .refine(({ remoteJWKS: remote, localJWKS: local }) => (remote === undefined) !== (local === undefined), {
    path: ['remoteJWKS'],
    message: 'give either this or localJWKS',
  });

export const jwt = z
  .object({
    optional: z.boolean().optional(),
    failOpen: z.boolean().optional(),
    providers: z
      .array(provider)
      .min(1)
      .max(16)
      .superRefine((all, context) => refuseDuplicates(all, ({ name }) => name, context, 'name')),
  })
  .refine(({ optional, failOpen }) => optional === undefined || failOpen === undefined, {
    path: ['failOpen'],
    message: 'must not be given with optional',
  });

export type Jwt = z.infer<typeof jwt>;
export type JwtProvider = z.infer<typeof provider>;
