import { parseAddress } from '../../kinds/shape/address.ts';
import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import type { Reader } from '../reader.ts';
import type { WholeGateway } from '../attach/ownership.ts';
import { condition, type Condition } from '../conditions.ts';
import type { Parameters } from './parameters.ts';
import { proxyService, serviceAddresses, type ServiceAddress } from './proxy-service.ts';

/** An address of the status. `routability` is empty where nothing is promised. */
export interface StatusAddress {
  readonly type: 'IPAddress' | 'Hostname';
  readonly value: string;
  readonly routability: string;
}

export interface GatewayAddresses {
  readonly addresses: readonly StatusAddress[];
  /** `AddressesAssigned`, once there is something to say. */
  readonly conditions: readonly Condition[];
  readonly problem:
    | { readonly reason: 'AddressNotAssigned' | 'AddressNotUsable'; readonly message: string }
    | undefined;
}

type Request = GatewayRow['spec']['addresses'][number];

interface Assignment {
  readonly request: Request;
  readonly position: number;
  readonly found: ServiceAddress | undefined;
}

/** Each request gets an address of its own: https://gateway-api.sigs.k8s.io/geps/gep-5093/ */
export function gatewayAddresses(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
): GatewayAddresses {
  const { metadata, spec } = gateway.row;
  const service = proxyService(reader, gateway, parameters);
  const known = service === undefined ? [] : serviceAddresses(service);
  if (spec.addresses.length === 0) {
    const addresses = known.filter(({ isDefault }) => isDefault).slice(0, maxAddresses);
    if (addresses.length === 0) return { addresses: [], conditions: [], problem: noAddress };
    return {
      addresses: addresses.map(shown),
      conditions: [allAssigned(metadata.generation)],
      problem: undefined,
    };
  }
  const assignments = assign(spec.addresses, known);
  const missing = assignments.filter(({ found }) => found === undefined);
  const addresses = known.flatMap((address) => {
    const request = assignments.find(({ found }) => found === address)?.request;
    return request === undefined
      ? []
      : [
          {
            ...shown(address),
            routability: request.routability === sentinel ? sentinel : address.routability,
          },
        ];
  });
  const conditions = service === undefined ? [] : [assigned(addresses.length, missing, metadata.generation)];
  return { addresses, conditions, problem: problem(addresses.length, missing) };
}

/** Limit of https://gateway-api.sigs.k8s.io/reference/spec/#gatewaystatus */
const maxAddresses = 16;

/** A value without a promise, for the conformance tests: https://gateway-api.sigs.k8s.io/geps/gep-5093/ */
export const sentinel = 'testing.x-k8s.io/sentinel';

/** Requests with a value choose first, as no other address will do. */
function assign(requests: readonly Request[], known: readonly ServiceAddress[]): Assignment[] {
  const taken = new Set<ServiceAddress>();
  return [...requests.entries()]
    .sort(([, a], [, b]) => Number(hasValue(b)) - Number(hasValue(a)))
    .map(([position, request]) => {
      const found = known.find((address) => !taken.has(address) && matches(request, address));
      if (found !== undefined) taken.add(found);
      return { request, position, found };
    })
    .sort((a, b) => a.position - b.position);
}

function hasValue({ value = '' }: Request): boolean {
  return value !== '';
}

function matches(request: Request, { address, routability, isDefault }: ServiceAddress): boolean {
  if (request.type !== address.type) return false;
  if (hasValue(request) && parseAddress(request.value ?? '')?.value !== address.value) return false;
  switch (request.routability) {
    case '':
      return isDefault || hasValue(request);
    case 'Cluster':
      return routability === 'Cluster' && address.type === 'IPAddress';
    case sentinel:
      return isDefault;
    default:
      return false;
  }
}

function shown({ address: { type, value }, routability }: ServiceAddress): StatusAddress {
  return { type, value, routability };
}

const noAddress = {
  reason: 'AddressNotAssigned',
  message: 'the Service of the proxies has no address yet',
} as const;

function allAssigned(generation: number): Condition {
  const message = 'every wanted address is assigned';
  return condition('AddressesAssigned', 'True', generation, 'AddressesAssigned', message);
}

function assigned(count: number, missing: readonly Assignment[], generation: number): Condition {
  if (missing.length === 0) return allAssigned(generation);
  const reason = count === 0 ? 'NotAssigned' : 'PartiallyAssigned';
  return condition('AddressesAssigned', 'False', generation, reason, describe(missing));
}

/** A missing address of a certain routability does not stop the others; a missing static one does. */
function problem(count: number, missing: readonly Assignment[]): GatewayAddresses['problem'] {
  const plain = missing.filter(({ request }) => request.routability === '');
  if (plain.some(({ request }) => hasValue(request))) {
    const message = `${describe(missing)}; external IPs must be in provider.kubernetes.infrastructure.externalIPs of the config file`;
    return { reason: 'AddressNotUsable', message };
  }
  if (count > 0 || missing.length === 0) return undefined;
  return plain.length === missing.length ? noAddress : { ...noAddress, message: describe(missing) };
}

function describe(missing: readonly Assignment[]): string {
  const paths = missing.map(({ request, position }) => {
    const field = request.routability !== '' ? '.routability' : hasValue(request) ? '.value' : '';
    return `spec.addresses[${position}]${field}`;
  });
  return `${paths.join(', ')}: the Service of the proxies does not have this address`;
}
