import { z } from 'zod';
import { durationMs, maxUint32, portNumber, visibleText } from '../shape/shape.ts';

/** Choice of an endpoint of a backend: https://gateway.envoyproxy.io/docs/api/extension_types/#loadbalancer */

const headerName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/, 'must be a header name');
const positiveMs = durationMs.refine((value) => value > 0, 'must be more than 0');

/** https://en.wikipedia.org/wiki/Primality_test: at most 2,237 divisions. Envoy rejects a table of another size. */
function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return value > 1;
}

const name = z.object({ name: headerName });
const consistentHash = z
  .object({
    type: z.enum(['SourceIP', 'Header', 'Headers', 'Cookie', 'QueryParams']),
    header: name.optional(),
    headers: z.array(name).min(1).max(16).optional(),
    cookie: z
      .object({
        name: z
          .string()
          .min(1)
          .max(256)
          .regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/, 'must be the name of a cookie'),
        ttl: durationMs.optional(),
        attributes: z.record(visibleText(256), visibleText(256)).optional(),
      })
      .optional(),
    queryParams: z
      .array(z.object({ name: visibleText(256).min(1) }))
      .min(1)
      .max(16)
      .optional(),
    tableSize: z.int().min(2).max(5_000_011).refine(isPrime, 'must be a prime number').default(65_537),
  })
  .superRefine(({ type, ...value }, context) => {
    const field = hashFields[type];
    if (field === undefined || value[field] !== undefined) return;
    context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

const hashFields = {
  SourceIP: undefined,
  Header: 'header',
  Headers: 'headers',
  Cookie: 'cookie',
  QueryParams: 'queryParams',
} as const;

/** Envoy takes no period of 0, which stands for its default here as in Envoy Gateway. */
const period = durationMs.transform((ms) => (ms === 0 ? undefined : ms)).optional();

const backendUtilization = z.object({
  blackoutPeriod: period,
  weightExpirationPeriod: period,
  weightUpdatePeriod: period,
  errorUtilizationPenaltyPercent: z.int().min(0).max(maxUint32).optional(),
  metricNamesForComputingUtilization: z.array(visibleText(256).min(1)).max(64).default([]),
  keepResponseHeaders: z.boolean().default(false),
  outOfBand: z
    .object({
      reportingPeriod: positiveMs.optional(),
      port: portNumber.optional(),
      authority: visibleText(259).min(1).optional(),
    })
    .optional(),
});

/** A value of the label `topology.kubernetes.io/zone`. */
const zone = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/, 'must be the value of a label');

/** Zones that are not listed weigh 1, and there are 255 at most. */
const maxZoneWeights = maxUint32 - 255;

const weightedZones = z
  .array(z.object({ zone, weight: z.int().min(0).max(maxUint32) }))
  .min(1)
  .max(64)
  .refine((zones) => new Set(zones.map((of) => of.zone)).size === zones.length, 'must name each zone once')
  // Envoy rejects endpoints whose weights come to more.
  .refine(
    (zones) => zones.reduce((sum, { weight }) => sum + weight, 0) <= maxZoneWeights,
    `must have weights of ${maxZoneWeights} together, at most`,
  );

export const loadBalancer = z
  .object({
    type: z.string().max(64),
    consistentHash: consistentHash.optional(),
    backendUtilization: backendUtilization.optional(),
    slowStart: z.object({ window: positiveMs }).optional(),
    endpointOverride: z
      .object({
        extractFrom: z
          .array(z.object({ header: headerName.optional() }))
          .min(1)
          .max(10),
      })
      .optional(),
    zoneAware: z.object({ weightedZones: weightedZones.optional() }).optional(),
  })
  .superRefine(({ type, ...value }, context) => {
    const field = balancerFields.get(type);
    if (field === undefined || value[field] !== undefined) return;
    context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

const balancerFields: ReadonlyMap<string, 'consistentHash' | 'backendUtilization'> = new Map([
  ['ConsistentHash', 'consistentHash'],
  ['BackendUtilization', 'backendUtilization'],
]);

export type LoadBalancer = z.infer<typeof loadBalancer>;
export type ConsistentHash = z.infer<typeof consistentHash>;
