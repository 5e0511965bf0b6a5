import { Client, credentials, type ClientDuplexStream } from '@grpc/grpc-js';
import {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from '../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { typeUrl } from '../src/publish/type-table.ts';
import { endpointsName, parseClusterName } from '../src/units/cluster-name.ts';
import { filterSlots } from '../src/units/filter-slot.ts';
import { isInternalListener } from '../src/units/internal-listener-name.ts';

/**
 * A delta client in a process of its own, so that its work is in no figure of the server: ACKs everything, notes when
 * each resource arrived by the system's monotonic clock, and tells when asked.
 *
 * Arguments: port, Gateway, RouteConfiguration. Messages: in `report` or `stop`; out `{ready}` when it holds the
 * endpoints of all clusters, and `{arrivals}`.
 */
const [port = '', gateway = '', routeConfiguration = ''] = process.argv.slice(2);

/** Holds what arrived since the last report: name, nanoseconds, bytes of the response. */
let arrivals: { readonly name: string; readonly at: string; readonly bytes: number }[] = [];
const held = new Map<string, Set<string>>();
/** Names of the endpoints that its clusters use. */
const wanted = new Set<string>();

const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
  'grpc.max_receive_message_length': -1,
  // Envoy announces 16 MiB; Node's own 64 KiB would measure the window instead of the server.
  'grpc-node.flow_control_window': 16 * 1024 * 1024,
});
const stream: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
  (bytes: Buffer) => bytes,
  (bytes: Buffer) => bytes,
);

function send(request: DeltaDiscoveryRequest): void {
  stream.write(Buffer.from(DeltaDiscoveryRequest.encode(request).finish()));
}

stream.on('data', (bytes: Buffer) => {
  const at = process.hrtime.bigint().toString();
  const response = DeltaDiscoveryResponse.decode(bytes);
  const type = response.typeUrl ?? '';
  send({ typeUrl: type, responseNonce: response.nonce });
  const names = held.get(type) ?? new Set();
  held.set(type, names);
  const fresh: string[] = [];
  for (const { name = '' } of response.resources ?? []) {
    names.add(name);
    arrivals.push({ name, at, bytes: bytes.length });
    if (type !== typeUrl.cluster || isInternalListener(name)) continue;
    const endpoints = endpointsName(parseClusterName(name));
    if (!wanted.has(endpoints)) fresh.push(endpoints);
    wanted.add(endpoints);
  }
  // As Envoy does for a new Listener, which names them all; routes are held until they are there.
  if (type === typeUrl.listener && !held.has(typeUrl.extension))
    send({ typeUrl: typeUrl.extension, resourceNamesSubscribe: Object.values(filterSlots).flat() });
  if (fresh.length > 0) send({ typeUrl: typeUrl.endpoint, resourceNamesSubscribe: fresh });
  const complete = held.get(typeUrl.endpoint)?.size === wanted.size && held.get(typeUrl.route)?.size === 1;
  if (complete) process.send?.({ kind: 'ready' });
});
stream.on('error', (error) => {
  if (!process.connected) return;
  process.send?.({ kind: 'error', message: error.message });
  process.exitCode = 1;
});

send({ node: { id: 'bench', cluster: gateway }, typeUrl: typeUrl.cluster });
send({ typeUrl: typeUrl.listener });
send({ typeUrl: typeUrl.route, resourceNamesSubscribe: [routeConfiguration] });

process.on('message', (message) => {
  if (message === 'report') {
    process.send?.({ kind: 'arrivals', arrivals });
    arrivals = [];
  } else {
    stream.cancel();
    client.close();
    process.disconnect?.();
  }
});
