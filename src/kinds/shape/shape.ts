import { z } from 'zod';
import { tolerant } from '../tolerant.ts';
import { ends } from './ends.ts';
import { identifier } from './identifier.ts';

/**
 * A schema is the type of a row, the check of a user's object and the trimming at once: it drops keys that it does not
 * name. Defaults are those of the CRDs, since a file has no API server: https://gateway-api.sigs.k8s.io/reference/spec/
 * Every pattern must match in linear time, as users choose its input: no repetition inside a repetition unless a fixed
 * character stands between.
 */

export const objectName = z.string().max(253).regex(identifier.subdomain, 'must be a lower-case DNS name');

export const namespaceName = z.string().max(63).regex(identifier.label, 'must be a DNS label');

export const groupName = z
  .string()
  .max(253)
  .regex(identifier.group, 'must be an API group, or empty for core');

export const kindName = z.string().max(63).regex(identifier.kind, 'must be the name of a kind');

export const portNumber = z.int().min(1).max(65535);

/** Exact DNS name, lower case, no IP address. */
export const preciseHostname = z
  .string()
  .max(253)
  .regex(identifier.subdomain, 'must be a DNS name')
  .refine(isNotIPv4, 'must not be an IP address');

/** Exact name or one with a leading `*.`, lower case, no IP address. */
export const hostname = z
  .string()
  .max(253)
  .regex(identifier.wildcard, 'must be a DNS name, with at most a leading "*."')
  .refine(isNotIPv4, 'must not be an IP address');

const unitMs: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/** Gateway API duration such as `1h30m` or `500ms`, as milliseconds (GEP-2257). */
export const durationMs = z
  .string()
  .max(32, { abort: true })
  .regex(/^(\d{1,5}(h|m|s|ms)){1,4}$/, {
    error: 'must be a duration such as 10s, 500ms or 1h30m',
    abort: true,
  })
  .transform((text) => {
    let sum = 0;
    for (const [, amount, unit = ''] of text.matchAll(/(\d{1,5})(h|ms|m|s)/g)) {
      sum += Number(amount) * (unitMs.get(unit) ?? 0);
    }
    return sum;
  });

/** Map of text to text as sorted pairs: users choose the names, and `__proto__` is one. */
export const labels = z
  .unknown()
  .optional()
  .superRefine((value, context) => {
    if (value === undefined) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: 'must be a map of strings', ...ends });
      return;
    }
    for (const [name, text] of Object.entries(value)) {
      if (typeof text === 'string') continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'must be a string: put it in quotes',
        ...ends,
      });
    }
  })
  .transform((value) =>
    Object.entries(value ?? {})
      .map(([name, text]) => [name, String(text)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

export const labelSelector = z.object({
  matchLabels: labels,
  matchExpressions: z
    .array(
      z
        .object({
          key: z.string(),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(z.string()).default([]),
        })
        .superRefine(({ operator, values }, context) => {
          const wantsValues = operator === 'In' || operator === 'NotIn';
          if (wantsValues === values.length > 0) return;
          const message = wantsValues ? `must not be empty for ${operator}` : `must be empty for ${operator}`;
          context.addIssue({ code: 'custom', path: ['values'], message });
        }),
    )
    .default([]),
});

/** Text for a header or a path: no control character but tab, so that it cannot end a line early (CR, LF, NUL). */
export function visibleText(maxLength: number) {
  return z.string().max(maxLength).refine(isVisible, 'must not hold control characters');
}

export const maxInt32 = 2_147_483_647;

/** The largest `uint32`: more makes no protobuf message. */
export const maxUint32 = 4_294_967_295;

/** Metadata of any object that precedence rules and status writing need. */
export const metadataFields = {
  generation: z.int().min(0).default(0),
  /** RFC 3339, so that text order is time order; empty in files, which have no such time. */
  creationTimestamp: z.string().default(''),
};

export const metadataFallbacks = { generation: 0, creationTimestamp: '' };

export const metadata = tolerant(metadataFields, metadataFallbacks);

/** Metadata of an object that is selected by its labels. */
export const labelledMetadata = tolerant({ ...metadataFields, labels }, { ...metadataFallbacks, labels: [] });

export type LabelPairs = z.infer<typeof labels>;
export type LabelSelector = z.infer<typeof labelSelector>;

function isNotIPv4(text: string): boolean {
  return !/^\d+\.\d+\.\d+\.\d+$/.test(text);
}

function isVisible(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}
