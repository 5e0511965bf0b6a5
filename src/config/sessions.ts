import { z } from 'zod';
import { option } from './option.ts';

export const sessions = z
  .strictObject({
    secret: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a Secret')
      .default('sluice-sessions')
      .meta(
        option(
          'Secret in the namespace of Sluice with the key from which the session keys of SecurityPolicies with `oidc` are derived. Sluice makes it once and keeps it; without it everybody must log in anew. For provider kubernetes.',
        ),
      ),
    file: z
      .string()
      .default('')
      .meta(
        option(
          'File with this key, which Sluice makes where there is none. A relative path starts at the config file. Empty: a new key at each start, which ends all sessions. For provider file.',
        ),
      ),
  })
  .prefault({});
