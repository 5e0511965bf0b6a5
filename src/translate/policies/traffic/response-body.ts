import type { ResponseBody } from '../../../kinds/envoy-gateway/backend-traffic-answers.ts';
import type { Reader } from '../../reader.ts';

export type ResolvedBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string };

/** Resolves the text of an answer, which may be in a ConfigMap of the policy's namespace. */
export function resolveBody(reader: Reader, namespace: string, body: ResponseBody): ResolvedBody {
  if (body.type === 'Inline') return { kind: 'text', text: body.inline ?? '' };
  const { group, kind, name } = body.valueRef ?? { group: '', kind: '', name: '' };
  if (!['', 'v1'].includes(group) || kind !== 'ConfigMap') return invalid('.valueRef', 'must be a ConfigMap');
  const configMap = reader.row('ConfigMap', namespace, name);
  const at = `ConfigMap ${namespace}/${name}`;
  if (configMap === undefined) return invalid('.valueRef.name', `${at} does not exist`);
  const text = configMap.body;
  return text === undefined
    ? invalid('.valueRef.name', `${at} has no text under response.body`)
    : { kind: 'text', text };
}

function invalid(path: string, message: string): ResolvedBody {
  return { kind: 'invalid', path, message };
}
