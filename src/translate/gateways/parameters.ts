import type { EnvoyProxyRow } from '../../kinds/envoy-gateway/envoy-proxy.ts';
import { parametersKind, type ParametersReference } from '../../kinds/gateway-api/parameters-ref.ts';
import type { Reader } from '../reader.ts';
import type { OurGateway } from '../attach/ownership.ts';

/** The EnvoyProxy that a Gateway or its class refers to; none is as valid as any. */
export type Parameters =
  | { readonly kind: 'valid'; readonly proxy: undefined }
  /** `name` is `namespace/name`. */
  | { readonly kind: 'valid'; readonly proxy: EnvoyProxyRow['spec']; readonly name: string }
  /** `message` is a whole one, with the path of the reference. */
  | { readonly kind: 'invalid'; readonly message: string };

/** The Gateway's own parameters take the place of its class's as a whole, as Envoy Gateway has it. */
export function gatewayParameters(reader: Reader, { namespace, row }: OurGateway): Parameters {
  const ref = row.spec.infrastructure.parametersRef;
  if (ref !== undefined) return resolve(reader, { ...ref, namespace }, 'spec.infrastructure.parametersRef');
  const found = classParameters(reader, row.spec.gatewayClassName);
  if (found.kind === 'valid') return found;
  return { kind: 'invalid', message: `GatewayClass ${row.spec.gatewayClassName}: ${found.message}` };
}

export function classParameters(reader: Reader, gatewayClass: string): Parameters {
  const ref = reader.row('GatewayClass', '', gatewayClass)?.spec.parametersRef;
  return ref === undefined ? { kind: 'valid', proxy: undefined } : resolve(reader, ref, 'spec.parametersRef');
}

function resolve(reader: Reader, ref: ParametersReference, path: string): Parameters {
  const { group, kind, namespace, name } = ref;
  if (group !== parametersKind.group || kind !== parametersKind.kind) {
    const named = group === '' ? kind : `${group}/${kind}`;
    const wanted = `${parametersKind.group}/${parametersKind.kind}`;
    return { kind: 'invalid', message: `${path}: ${named} is not supported, only ${wanted} is` };
  }
  if (namespace === undefined) return { kind: 'invalid', message: `${path}.namespace: is required` };
  const proxy = reader.row('EnvoyProxy', namespace, name);
  if (proxy !== undefined) return { kind: 'valid', proxy: proxy.spec, name: `${namespace}/${name}` };
  const message = `${path}.name: EnvoyProxy ${namespace}/${name} does not exist, or is not valid`;
  return { kind: 'invalid', message };
}
