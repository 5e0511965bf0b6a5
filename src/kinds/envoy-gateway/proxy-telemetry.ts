import { z } from 'zod';
import { backendFields } from '../gateway-api/backend-ref.ts';
import { headerName } from '../gateway-api/http-route-match.ts';
import { labels, maxInt32, visibleText } from '../shape/shape.ts';
import { tolerant } from '../tolerant.ts';
import { clusterSettings } from './cluster-settings.ts';

/** A server that proxies send logs or traces to. `backendRef` is the old form. */
const serverFields = {
  backendRef: z.object(backendFields).optional(),
  backendRefs: z
    .array(z.object({ ...backendFields, weight: z.int().min(0).max(1_000_000).optional() }))
    .max(16)
    .default([]),
  backendSettings: z.object(clusterSettings).optional(),
};

const header = z.object({ name: headerName, value: visibleText(4096).min(1) });
const headers = z.array(header).max(32).default([]);
const headerNames = z.array(headerName).max(64).default([]);

const als = z.object({
  ...serverFields,
  logName: visibleText(1024).min(1).optional(),
  type: z.enum(['HTTP', 'TCP']),
  http: z
    .object({ requestHeaders: headerNames, responseHeaders: headerNames, responseTrailers: headerNames })
    .prefault({}),
});

const openTelemetrySink = z.object({
  ...serverFields,
  /** The old form of `resourceAttributes`. */
  resources: labels,
  resourceAttributes: labels,
  headers,
});

const accessLogSetting = z.object({
  format: z
    .object({
      type: z.enum(['Text', 'JSON']).optional(),
      text: z.string().max(8192).optional(),
      json: labels,
    })
    .optional(),
  matches: z.array(z.string().max(2048)).max(10).default([]),
  sinks: z
    .array(
      z.object({
        type: z.string().max(64),
        file: z.object({ path: visibleText(1024).min(1) }).optional(),
        als: als.optional(),
        openTelemetry: openTelemetrySink.optional(),
      }),
    )
    .max(50)
    .default([]),
  type: z.enum(['Listener', 'Route', 'Upstream']).optional(),
});

const fraction = z
  .object({
    numerator: z.int().min(0).max(maxInt32),
    denominator: z.int().min(1).max(maxInt32).default(100),
  })
  .refine(({ numerator, denominator }) => numerator <= denominator, 'must not be more than 1');

const named = z.object({ name: visibleText(256).min(1), defaultValue: visibleText(4096).optional() });

/** A tag of every span. */
const customTag = z
  .object({
    type: z.enum(['Literal', 'Environment', 'RequestHeader']).default('Literal'),
    literal: z.object({ value: visibleText(4096).min(1) }).optional(),
    environment: named.optional(),
    requestHeader: named.extend({ name: headerName }).optional(),
  })
  .superRefine((tag, context) => {
    const field = (
      { Literal: 'literal', Environment: 'environment', RequestHeader: 'requestHeader' } as const
    )[tag.type];
    if (tag[field] !== undefined) return;
    context.addIssue({ code: 'custom', path: [field], message: `is required for type ${tag.type}` });
  });

/** Pairs, as users choose the names. */
const customTags = z
  .record(z.string().min(1).max(256), customTag)
  .default({})
  .transform((tags) => Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));

const sampler = z.object({
  type: z
    .enum([
      'AlwaysOn',
      'AlwaysOff',
      'TraceIdRatio',
      'ParentBasedAlwaysOn',
      'ParentBasedAlwaysOff',
      'ParentBasedTraceIdRatio',
    ])
    .default('AlwaysOn'),
  samplingPercentage: fraction.optional(),
});

const tracing = z.object({
  /** Percent. */
  samplingRate: z.int().min(0).max(100).optional(),
  samplingFraction: fraction.optional(),
  clientSamplingFraction: fraction.optional(),
  overallSamplingFraction: fraction.optional(),
  customTags,
  tags: labels,
  spanName: z.object({ client: z.string().max(1024), server: z.string().max(1024) }).optional(),
  provider: z.object({
    ...serverFields,
    type: z.string().max(64).default('OpenTelemetry'),
    serviceName: visibleText(256).min(1).optional(),
    openTelemetry: z
      .object({ headers, resourceAttributes: labels, sampler: sampler.optional() })
      .prefault({}),
    zipkin: z
      .object({
        enable128BitTraceId: z.boolean().default(false),
        disableSharedSpanContext: z.boolean().default(false),
      })
      .prefault({}),
  }),
});

export const telemetry = tolerant(
  {
    accessLog: z
      .object({
        disable: z.boolean().default(false),
        settings: z.array(accessLogSetting).max(50).default([]),
      })
      .optional(),
    tracing: tracing.optional(),
  },
  { accessLog: undefined, tracing: undefined },
);

type Telemetry = z.output<typeof telemetry>;
export type AccessLogSetting = NonNullable<Telemetry['accessLog']>['settings'][number];
export type AccessLogSink = AccessLogSetting['sinks'][number];
export type Tracing = NonNullable<Telemetry['tracing']>;
export type Fraction = z.output<typeof fraction>;
export type Sampler = z.output<typeof sampler>;
export type TelemetryServer = Pick<Tracing['provider'], keyof typeof serverFields>;

/** Returns the server at a part of the telemetry, which {@link sinkPart} and {@link tracingPart} name. */
export function telemetryServerAt(
  { accessLog, tracing: traces }: Telemetry,
  part: string,
): TelemetryServer | undefined {
  if (part === tracingPart) return traces?.provider;
  const [, setting, sink] = part.split('/');
  const found = accessLog?.settings[Number(setting)]?.sinks[Number(sink)];
  return found && serverOfSink(found);
}

export const tracingPart = 'tracing';

export function sinkPart(setting: number, sink: number): string {
  return `accessLog/${setting}/${sink}`;
}

/** Undefined: a file. */
export function serverOfSink({
  type,
  als: service,
  openTelemetry,
}: AccessLogSink): TelemetryServer | undefined {
  if (type === 'ALS') return service;
  return type === 'OpenTelemetry' ? openTelemetry : undefined;
}
