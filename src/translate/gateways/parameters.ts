import { proxySpec, type EnvoyProxyRow } from '../../kinds/envoy-gateway/envoy-proxy.ts';
import { isAmongPlugins, type FilterPosition } from '../../kinds/envoy-gateway/filter-order.ts';
import { parametersKind, type ParametersReference } from '../../kinds/gateway-api/parameters-ref.ts';
import { record } from '../../kinds/identity.ts';
import { mergeObjects } from '../../kinds/merge-objects.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { RoutingType } from '../../units/cluster-name.ts';
import type { Reader } from '../reader.ts';
import type { OurGateway } from '../attach/ownership.ts';

/** The readable parts of the EnvoyProxy are in force, whatever is wrong with the others. */
export interface ProxyParameters {
  readonly kind: 'valid';
  readonly proxy: ProxySpec;
  /** `namespace/name`. */
  readonly name: string;
  /** Namespace of what it refers to. */
  readonly namespace: string;
  readonly problem: string | undefined;
  readonly row: EnvoyProxyRow;
}

type ProxySpec = EnvoyProxyRow['spec'];

/** The EnvoyProxy that a Gateway or its class refers to; none is valid too. */
export type Parameters =
  | { readonly kind: 'valid'; readonly proxy: undefined }
  | ProxyParameters
  /** `message` begins with the path of the reference. */
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Reads the parameters of the Gateway. They replace those of its class as a whole, or are merged over them by their
 * `mergeType`, as with Envoy Gateway.
 */
export function gatewayParameters(reader: Reader, gateway: OurGateway): Parameters {
  const { namespace, gatewayClass, parametersRef: ref, unreadableInfrastructure: unreadable } = gateway;
  if (unreadable.length > 0) {
    const message = describeUnreadable(unreadableParts({ unreadable }, 'spec'));
    return { kind: 'invalid', message };
  }
  const path = 'spec.infrastructure.parametersRef';
  const own = ref && resolve(reader, { ...ref, namespace }, path);
  if (own !== undefined && !isMerged(own)) return own;
  const found = classParameters(reader, gatewayClass);
  if (found.kind === 'invalid')
    return { kind: 'invalid', message: `GatewayClass ${gatewayClass}: ${found.message}` };
  return own === undefined || found.proxy === undefined ? (own ?? found) : mergedParameters(found, own, path);
}

export function routingTypeOf(parameters: Parameters): RoutingType {
  return (parameters.kind === 'valid' ? parameters.proxy?.routingType : undefined) ?? 'Endpoint';
}

/** Returns true when the EnvoyProxy says how TLS to backends is. */
export function hasBackendTls(parameters: Parameters): boolean {
  return parameters.kind === 'valid' && parameters.proxy?.backendTLS !== undefined;
}

export function filterOrderOf(parameters: Parameters): readonly FilterPosition[] {
  const given = parameters.kind === 'valid' ? parameters.proxy?.filterOrder : undefined;
  return given?.filter((position) => !isAmongPlugins(position)) ?? [];
}

/** Rules of its routes are matched in the order in which they are written, not by how much they say. */
export function preservesRouteOrder(parameters: Parameters): boolean {
  return parameters.kind === 'valid' && parameters.proxy?.preserveRouteOrder === true;
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
  const problem = problemOf(proxy.spec, `${path}: ${title}`);
  return { kind: 'valid', proxy: proxy.spec, name: `${namespace}/${name}`, namespace, problem, row: proxy };
}

function problemOf(spec: ProxySpec, title: string): string | undefined {
  const problems = unreadableParts(spec, 'spec');
  return problems.length > 0 ? `${title}: ${describeUnreadable(problems)}` : undefined;
}

function isMerged(parameters: Parameters): parameters is ProxyParameters {
  return (
    parameters.kind === 'valid' && parameters.proxy !== undefined && parameters.proxy.mergeType !== 'Replace'
  );
}

/** References of both are those of the namespace of the Gateway's own. */
function mergedParameters(base: ProxyParameters, own: ProxyParameters, path: string): Parameters {
  const proxy = mergedSpec(base.row, own.row);
  const problem = problemOf(proxy, `${path}: EnvoyProxy ${own.name}, merged over ${base.name}`);
  return { ...own, proxy, problem };
}

/** Specs by the rows that they are merged from, as every unit of a Gateway reads them. */
const known = new WeakMap<EnvoyProxyRow, { readonly base: EnvoyProxyRow; readonly spec: ProxySpec }>();

function mergedSpec(base: EnvoyProxyRow, own: EnvoyProxyRow): ProxySpec {
  const before = known.get(own);
  if (before?.base === base) return before.spec;
  const [under = {}, over = {}] = [base, own].map((row) => record(JSON.parse(row.given)));
  const spec = proxySpec(mergeObjects(under, over, own.spec.mergeType === 'StrategicMerge'));
  known.set(own, { base, spec });
  return spec;
}

/** Joins the problems of the parameters into one message, also when the parameters are in force. */
export function parametersProblem(parameters: Parameters): string | undefined {
  if (parameters.kind === 'invalid') return parameters.message;
  return parameters.proxy === undefined ? undefined : parameters.problem;
}
