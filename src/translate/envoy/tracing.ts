import type { Tracing } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import { FractionalPercent_DenominatorType } from '../../../proto/gen/envoy/type/v3/percent.ts';
import type { RouteTracingIR } from '../traffic-ir.ts';
import { customTag } from './custom-tag.ts';

/** Without a tracer in the listener it has no effect. */
export function tracingConfig({
  clientShare,
  randomShare,
  overallShare,
  tags,
  spanName,
}: RouteTracingIR): Tracing {
  return {
    clientSampling: ofMillion(clientShare),
    ...(randomShare === undefined ? {} : { randomSampling: ofMillion(randomShare) }),
    ...(overallShare === undefined ? {} : { overallSampling: ofMillion(overallShare) }),
    customTags: tags.map(customTag),
    ...(spanName === undefined ? {} : { operation: spanName.client, upstreamOperation: spanName.server }),
  };
}

function ofMillion(numerator: number) {
  return { numerator, denominator: FractionalPercent_DenominatorType.MILLION };
}
