import { readFileSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Cluster, Cluster_DiscoveryType } from '../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { ApiVersion } from '../../proto/gen/envoy/config/core/v3/config_source.ts';
import { ClusterLoadAssignment } from '../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import type { LbEndpoint } from '../../proto/gen/envoy/config/endpoint/v3/endpoint_components.ts';
import { Listener } from '../../proto/gen/envoy/config/listener/v3/listener.ts';
import {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { openCluster } from '../../src/kube/cluster-access.ts';
import { grpcMessage } from '../../test/rig/xds/http2-call.ts';
import { GrpcMessages } from '../fleet/tap/grpc-messages.ts';
import { typeUrl } from '../fleet/tap/uses.ts';

/** Program of {@link bare}: `node bare-process.ts KUBECONFIG NAMESPACE PORT CERTIFICATE KEY CA`. */

interface Slice {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
  };
  /** Null in slices of Services without endpoints. */
  readonly ports: readonly { readonly port: number }[] | null;
  readonly endpoints: readonly { readonly addresses: readonly string[] }[] | null;
}

const [kubeconfig = '', namespace = '', port = '', certificate = '', key = '', ca = ''] =
  process.argv.slice(2);
const api = new ApiServer(await openCluster({ kubeconfig }));
const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
const assignments = new Map<string, Uint8Array>();
const streams = new Set<ServerHttp2Stream>();
let nonce = 0;

const list = (await api.document(path, new AbortController().signal)) as {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Slice[];
};
for (const slice of list.items) assignments.set(slice.metadata.name, assignmentOf(slice));

const server = createSecureServer({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  ca: readFileSync(ca),
  requestCert: true,
});
server.on('stream', (stream: ServerHttp2Stream) => {
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  streams.add(stream);
  stream.on('close', () => streams.delete(stream));
  const messages = new GrpcMessages((bytes) => answer(stream, DeltaDiscoveryRequest.decode(bytes)));
  stream.on('data', (chunk: Buffer) => messages.push(chunk));
});
server.listen(Number(port), '127.0.0.1');

const watch = new URLSearchParams({ watch: 'true', resourceVersion: list.metadata.resourceVersion });
const lines = createInterface({
  input: Readable.from(await api.get(path, watch, new AbortController().signal)),
});
for await (const line of lines) {
  const { object } = JSON.parse(line) as { readonly object: Slice };
  const bytes = assignmentOf(object);
  const { name, resourceVersion } = object.metadata;
  assignments.set(name, bytes);
  for (const stream of streams) send(stream, typeUrl.endpoint, [[name, bytes]], resourceVersion);
}

function answer(stream: ServerHttp2Stream, request: DeltaDiscoveryRequest): void {
  const { typeUrl: type = '', resourceNamesSubscribe: names = [], responseNonce } = request;
  if (type === typeUrl.endpoint && names.length > 0)
    send(
      stream,
      type,
      names.map((name) => [name, assignments.get(name) ?? new Uint8Array(0)]),
      '0',
    );
  if (responseNonce !== undefined && responseNonce !== '') return;
  if (type === typeUrl.cluster) {
    const clusters = [...assignments.keys()].map((name): [string, Uint8Array] => [name, clusterOf(name)]);
    send(stream, type, clusters, '0');
  }
  if (type === typeUrl.listener)
    send(stream, type, [['listener', Listener.encode({ name: 'listener' }).finish()]], '0');
}

function send(
  stream: ServerHttp2Stream,
  type: string,
  resources: readonly (readonly [string, Uint8Array])[],
  version: string,
): void {
  const response = DeltaDiscoveryResponse.encode({
    typeUrl: type,
    nonce: String(++nonce),
    resources: resources.map(([name, value]) => ({ name, version, resource: { typeUrl: type, value } })),
  });
  stream.write(grpcMessage(response.finish()));
}

function clusterOf(name: string): Uint8Array {
  return Cluster.encode({
    name,
    clusterDiscoveryType: { $case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: {
      edsConfig: {
        configSourceSpecifier: { $case: 'ads', value: {} },
        resourceApiVersion: ApiVersion.V3,
      },
    },
  }).finish();
}

function assignmentOf({ metadata: { name }, ports, endpoints }: Slice): Uint8Array {
  const portValue = ports?.[0]?.port ?? 0;
  return ClusterLoadAssignment.encode({
    clusterName: name,
    endpoints: [
      {
        lbEndpoints: (endpoints ?? []).flatMap(({ addresses }) =>
          addresses.map((address) => lbEndpoint(address, portValue)),
        ),
      },
    ],
  }).finish();
}

function lbEndpoint(address: string, portValue: number): LbEndpoint {
  const socketAddress = {
    address,
    portSpecifier: { $case: 'portValue', value: portValue },
  } as const;
  const value = { address: { address: { $case: 'socketAddress', value: socketAddress } } } as const;
  return { hostIdentifier: { $case: 'endpoint', value } };
}
