import type { Tracing } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import type { CustomTag } from '../../../proto/gen/envoy/type/tracing/v3/custom_tag.ts';
import { FractionalPercent_DenominatorType } from '../../../proto/gen/envoy/type/v3/percent.ts';
import type { TracingIR, TracingTagIR } from '../traffic-ir.ts';

/** Without a tracer in the listener it has no effect. */
export function tracingConfig({
  clientShare,
  randomShare,
  overallShare,
  tags,
  spanName,
}: TracingIR): Tracing {
  return {
    clientSampling: ofMillion(clientShare),
    ...(randomShare === undefined ? {} : { randomSampling: ofMillion(randomShare) }),
    ...(overallShare === undefined ? {} : { overallSampling: ofMillion(overallShare) }),
    customTags: tags.map(tagOf),
    ...(spanName === undefined ? {} : { operation: spanName.client, upstreamOperation: spanName.server }),
  };
}

function ofMillion(numerator: number) {
  return { numerator, denominator: FractionalPercent_DenominatorType.MILLION };
}

function tagOf(tag: TracingTagIR): CustomTag {
  switch (tag.kind) {
    case 'literal':
      return { tag: tag.name, type: { $case: 'literal', value: { value: tag.value } } };
    case 'header': {
      const { header: name, defaultValue } = tag;
      return { tag: tag.name, type: { $case: 'requestHeader', value: { name, defaultValue } } };
    }
    case 'format':
      return { tag: tag.name, type: { $case: 'value', value: tag.value } };
  }
}
