import type { EnvoyProxyRow } from '../../kinds/envoy-gateway/envoy-proxy.ts';
import { parametersKind, type ParametersReference } from '../../kinds/gateway-api/parameters-ref.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { RoutingType } from '../../units/cluster-name.ts';
import type { Reader } from '../reader.ts';
import type { OurGateway } from '../attach/ownership.ts';

/** The EnvoyProxy that a Gateway or its class refers to; none is valid too. */
export type Parameters =
  | { readonly kind: 'valid'; readonly proxy: undefined }
  /** `name` is `namespace/name`. The readable parts of the EnvoyProxy are in force, whatever is wrong with the others. */
  | {
      readonly kind: 'valid';
      readonly proxy: EnvoyProxyRow['spec'];
      readonly name: string;
      readonly problem: string | undefined;
    }
  /** `message` begins with the path of the reference. */
  | { readonly kind: 'invalid'; readonly message: string };

/** Reads the parameters of the Gateway, which replace those of its class as a whole, as with Envoy Gateway. */
export function gatewayParameters(reader: Reader, gateway: OurGateway): Parameters {
  const { namespace, gatewayClass, parametersRef: ref, unreadableInfrastructure: unreadable } = gateway;
  if (unreadable.length > 0) {
    const message = describeUnreadable(unreadableParts({ unreadable }, 'spec'));
    return { kind: 'invalid', message };
  }
  if (ref !== undefined) return resolve(reader, { ...ref, namespace }, 'spec.infrastructure.parametersRef');
  const found = classParameters(reader, gatewayClass);
  if (found.kind === 'valid') return found;
  return { kind: 'invalid', message: `GatewayClass ${gatewayClass}: ${found.message}` };
}

export function routingTypeOf(parameters: Parameters): RoutingType {
  return (parameters.kind === 'valid' ? parameters.proxy?.routingType : undefined) ?? 'Endpoint';
}

export function classParameters(reader: Reader, gatewayClass: string): Parameters {
  const spec = reader.row('GatewayClass', '', gatewayClass)?.spec;
  if (spec?.unreadable !== undefined) {
    const message = describeUnreadable(unreadableParts(spec, 'spec'));
    return { kind: 'invalid', message };
  }
  const ref = spec?.parametersRef;
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
  const title = `EnvoyProxy ${namespace}/${name}`;
  if (proxy === undefined) return { kind: 'invalid', message: `${path}.name: ${title} does not exist` };
  const problems = unreadableParts(proxy.spec, 'spec');
  const problem = problems.length > 0 ? `${path}: ${title}: ${describeUnreadable(problems)}` : undefined;
  return { kind: 'valid', proxy: proxy.spec, name: `${namespace}/${name}`, problem };
}

/** Joins the problems of the parameters into one message, also when the parameters are in force. */
export function parametersProblem(parameters: Parameters): string | undefined {
  if (parameters.kind === 'invalid') return parameters.message;
  return parameters.proxy === undefined ? undefined : parameters.problem;
}
