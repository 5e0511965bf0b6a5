import { z } from 'zod';
import { option } from './option.ts';

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
          'Namespaces that own a hostname, by hostname: `*.example.com` stands for every name below it without an entry. Routes of other namespaces do not serve the hostname, and their status says so. Keep it to a few hundred entries: each route is checked against all of them.',
          'live',
        ),
      ),
    firstCome: z
      .boolean()
      .default(false)
      .meta(
        option(
          'A hostname without an owner above belongs to the namespace of the oldest route that attaches to the Gateway and names it, or a wildcard above it. Routes of other namespaces do not serve it, and their status says so. A route without hostnames, or for all names, owns none.',
        ),
      ),
  })
  .prefault({});
