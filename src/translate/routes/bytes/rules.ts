import type { BackendReference } from '../../../kinds/gateway-api/backend-rule.ts';
import type { BytesRouteKind } from '../../../kinds/route-kind.ts';
import { anyPlace } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import type { RuleVerdict } from '../route-rules.ts';
import { resolveBackends } from './backends.ts';

/** Judges the rule of a route below HTTP. The kind of endpoints changes no verdict. */
export function judgeBytesRules(
  reader: Reader,
  kind: BytesRouteKind,
  namespace: string,
  rules: readonly { readonly backendRefs: readonly BackendReference[] }[],
): RuleVerdict[] {
  return rules.map((rule, i) => {
    const from = { ...anyPlace, kind, namespace, isPassthrough: false };
    const { problems } = resolveBackends(reader, from, rule.backendRefs, `rules[${i}]`);
    return { rule, problems };
  });
}
