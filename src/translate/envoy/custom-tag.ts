import type { CustomTag } from '../../../proto/gen/envoy/type/tracing/v3/custom_tag.ts';
import type { TagIR } from '../telemetry-ir.ts';

/** Encodes a tag of a span, for listeners and routes. */
export function customTag(tag: TagIR): CustomTag {
  switch (tag.kind) {
    case 'literal':
      return { tag: tag.name, type: { $case: 'literal', value: { value: tag.value } } };
    case 'format':
      return { tag: tag.name, type: { $case: 'value', value: tag.value } };
    case 'environment': {
      const value = { name: tag.of, defaultValue: tag.byDefault };
      return { tag: tag.name, type: { $case: 'environment', value } };
    }
    case 'header': {
      const value = { name: tag.of, defaultValue: tag.byDefault };
      return { tag: tag.name, type: { $case: 'requestHeader', value } };
    }
  }
}
