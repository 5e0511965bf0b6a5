import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { DeltaRequest } from './delta-request.ts';

/** Reads a client's message. Throws on bytes that are no protobuf, which ends that stream alone. */
export function decodeDeltaRequest(bytes: Buffer): DeltaRequest {
  const message = DeltaDiscoveryRequest.decode(bytes);
  return {
    typeUrl: message.typeUrl ?? '',
    node:
      message.node === undefined
        ? undefined
        : { id: message.node.id ?? '', cluster: message.node.cluster ?? '' },
    subscribe: message.resourceNamesSubscribe ?? [],
    unsubscribe: message.resourceNamesUnsubscribe ?? [],
    initialVersions: message.initialResourceVersions ?? new Map<string, string>(),
    nonce: message.responseNonce ?? '',
    error: message.errorDetail === undefined ? undefined : (message.errorDetail.message ?? ''),
  };
}
