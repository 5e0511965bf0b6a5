import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import type { HeaderMutation } from '../../../proto/gen/envoy/config/common/mutation_rules/v3/mutation_rules.ts';
import { HeaderMutation as EarlyHeaderMutation } from '../../../proto/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.ts';
import { HeaderMutationPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation.ts';
import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { HeaderChangesIR } from '../client-ir.ts';
import { any } from './any.ts';
import { headerOption } from './headers.ts';
import { textMatch } from './text-match.ts';

/** Makes the extension that changes headers of requests before a route is chosen. */
export function earlyMutation(changes: HeaderChangesIR): TypedExtensionConfig {
  return {
    name: 'envoy.http.early_header_mutation.header_mutation',
    typedConfig: any(EarlyHeaderMutation, { mutations: mutations(changes) }),
  };
}

/** Makes the config by which the filter of this name changes headers of responses. */
export function lateMutation(changes: HeaderChangesIR): [string, Any] {
  const config = any(HeaderMutationPerRoute, {
    mutations: { requestMutations: [], responseMutations: mutations(changes) },
  });
  return ['envoy.filters.http.header_mutation', config];
}

function mutations({ set, add, addIfAbsent, remove, removeOnMatch }: HeaderChangesIR): HeaderMutation[] {
  return [
    ...append(set, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD),
    ...append(add, AppendAction.APPEND_IF_EXISTS_OR_ADD),
    ...append(addIfAbsent, AppendAction.ADD_IF_ABSENT),
    ...remove.map((name): HeaderMutation => ({ action: { $case: 'remove', value: name } })),
    ...removeOnMatch.map(removal),
  ];
}

function append(headers: HeaderChangesIR['set'], action: AppendAction): HeaderMutation[] {
  return headers.map((header) => ({ action: { $case: 'append', value: headerOption(header, action) } }));
}

/** Envoy compares with names in lower case. */
function removal({ type, value }: HeaderChangesIR['removeOnMatch'][number]): HeaderMutation {
  const wanted = type === 'RegularExpression' ? value : value.toLowerCase();
  const keyMatcher = textMatch({ type, value: wanted });
  return { action: { $case: 'removeOnMatch', value: { keyMatcher } } };
}
