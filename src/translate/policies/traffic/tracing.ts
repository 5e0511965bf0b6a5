import type { Tracing } from '../../../kinds/envoy-gateway/tracing.ts';
import { bodyFormat } from '../../filters/body-format.ts';
import type { TagIR } from '../../telemetry-ir.ts';
import type { RouteTracingIR } from '../../traffic-ir.ts';

/**
 * Resolves how requests of a route are traced. Clients ask for a trace in vain unless the policy says otherwise. Of two tags
 * of one name that of `tags` is taken.
 */
export function tracingOf(tracing: Tracing): RouteTracingIR {
  const tags = new Map<string, TagIR>();
  for (const [name, { type, literal, requestHeader }] of Object.entries(tracing.customTags ?? {})) {
    if (type === 'Literal' && literal !== undefined)
      tags.set(name, { name, kind: 'literal', value: literal.value });
    if (type === 'RequestHeader' && requestHeader !== undefined) {
      const { name: of, defaultValue: byDefault = '' } = requestHeader;
      tags.set(name, { name, kind: 'header', of, byDefault });
    }
  }
  for (const [name, value] of Object.entries(tracing.tags ?? {})) {
    const format = bodyFormat(value);
    if (format.kind === 'format') tags.set(name, { name, kind: 'format', value: format.text });
  }
  return {
    clientShare: shareOf(tracing.clientSamplingFraction) ?? 0,
    randomShare: shareOf(tracing.samplingFraction),
    overallShare: shareOf(tracing.overallSamplingFraction),
    tags: [...tags.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    spanName: spanNameOf(tracing),
  };
}

/** Lists parts without effect: they would read from the proxy, or Envoy would reject them. */
export function ignoredTracing(tracing: Tracing | undefined, path: string): string[] {
  if (tracing === undefined) return [];
  const { customTags = {}, tags = {}, spanName } = tracing;
  const spans = spanName === undefined ? [] : Object.entries(spanName);
  return [
    ...Object.entries(customTags).flatMap(([name, { type }]) =>
      type === 'Literal' || type === 'RequestHeader' ? [] : [`${path}.customTags.${name}.type ${type}`],
    ),
    ...Object.entries(tags).flatMap(([name, value]) => ignoredFormat(value, `${path}.tags.${name}`)),
    ...spans.flatMap(([name, value]) => ignoredFormat(value, `${path}.spanName.${name}`)),
  ];
}

function ignoredFormat(value: string, path: string): string[] {
  const format = bodyFormat(value);
  return format.kind === 'format' ? [] : [`${path} (${format.message})`];
}

function spanNameOf({ spanName }: Tracing): RouteTracingIR['spanName'] {
  if (spanName === undefined) return undefined;
  const client = bodyFormat(spanName.client);
  const server = bodyFormat(spanName.server);
  return {
    client: client.kind === 'format' ? client.text : '',
    server: server.kind === 'format' ? server.text : '',
  };
}

function shareOf(fraction: Tracing['samplingFraction']): number | undefined {
  return fraction && Math.round((fraction.numerator / fraction.denominator) * 1_000_000);
}
