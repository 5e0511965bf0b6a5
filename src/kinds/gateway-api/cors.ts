import { z } from 'zod';
import { headerName, httpMethods } from './http-route-match.ts';
import { maxInt32 } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';

/** HTTP origin; its first label or its whole host may be a wildcard. */
const origin = z
  .string()
  .max(253)
  .regex(
    /^(\*|https?:\/\/(\*|(\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+)(:[0-9]{1,5})?)$/,
    'must be "*" or an origin such as https://*.example.com',
  );

/** Follows https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter */
export const cors = z.object({
  allowOrigins: alone(z.array(origin).max(64)).default([]),
  allowCredentials: z.boolean().default(false),
  allowMethods: alone(z.array(z.enum([...httpMethods, '*'])).max(10)).default([]),
  allowHeaders: alone(z.array(headerName).max(64)).default([]),
  exposeHeaders: set(z.array(headerName).max(64)).default([]),
  maxAge: z.int().min(1).max(maxInt32).default(5),
});

/** A set in which `*` must be the only item. */
function alone<S extends z.ZodType<readonly string[]>>(list: S) {
  return set(list).superRefine((items, context) => {
    const index = items.indexOf('*');
    if (index === -1 || items.length === 1) return;
    context.addIssue({ code: 'custom', path: [index], message: '"*" must be the only item' });
  });
}

function set<S extends z.ZodType<readonly string[]>>(list: S) {
  return list.superRefine((items, context) => refuseDuplicates(items, (item) => item, context));
}
