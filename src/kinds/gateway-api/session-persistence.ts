import { z } from 'zod';
import { durationMs, visibleText } from '../shape/shape.ts';
import { withoutEffect } from '../unknown-fields.ts';
import { headerName } from './http-route-match.ts';

const cookie = z.object({
  name: headerName.optional(),
  // A semicolon would start another attribute.
  path: visibleText(1024)
    .regex(/^\/[^;]*$/, 'must be a path, without ";"')
    .default('/'),
  lifetimeType: z.enum(['Permanent', 'Session']).default('Session'),
});

/** Envoy ends a session by the lifetime of its cookie alone. */
const absoluteTimeout = withoutEffect(
  durationMs.optional(),
  (session) => (session['cookie'] as { lifetimeType?: unknown } | undefined)?.lifetimeType !== 'Permanent',
);

/** https://gateway-api.sigs.k8s.io/geps/gep-1619/ */
export const sessionPersistence = z
  .object({
    type: z.enum(['Cookie', 'Header']).default('Cookie'),
    cookie: cookie.optional(),
    header: z
      .object({
        name: headerName.refine((name) => name.toLowerCase() !== 'host', 'must not name Host'),
      })
      .optional(),
    absoluteTimeout,
  })
  .superRefine((session, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (session.type !== 'Cookie' && session.cookie !== undefined)
      refuse('cookie', `must not be given for type ${session.type}`);
    if (session.type !== 'Header' && session.header !== undefined)
      refuse('header', `must not be given for type ${session.type}`);
    if (session.type === 'Header' && session.header === undefined)
      refuse('header', 'is required for type Header');
    if (session.cookie?.lifetimeType === 'Permanent' && (session.absoluteTimeout ?? 0) < 1000)
      refuse('absoluteTimeout', 'must be at least 1s for a cookie of lifetime Permanent');
  });

export type SessionPersistence = z.infer<typeof sessionPersistence>;
