import { z } from 'zod';
import { option } from './option.ts';

/** Which namespaces may serve which hostnames. Off unless something is said. */
export const hostnames = z
  .strictObject({
    owners: z
      .record(
        z
          .string()
          .max(253)
          .regex(
            /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
            'must be a hostname in small letters, or a wildcard such as *.example.com',
          ),
        z.array(z.string().min(1).max(63)).min(1),
      )
      .default({})
      .meta(
        option(
          'Namespaces that a hostname belongs to, by the hostname: `*.example.com` is of every name that ends so and has no entry of its own. Routes of other namespaces do not serve it, and say so. At most hundreds, as each route is judged by all of them.',
          'live',
        ),
      ),
    firstCome: z
      .boolean()
      .default(false)
      .meta(
        option(
          'A hostname without an owner above belongs to the namespace of the oldest route that names it, or a wildcard above it, and attaches to the Gateway. Routes of other namespaces do not serve it, and say so. A route without hostnames, or that serves all names, owns none.',
        ),
      ),
  })
  .prefault({});
