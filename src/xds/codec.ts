import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { Node } from '../../proto/gen/envoy/config/core/v3/node.ts';
import type { DeltaRequest, ProxyNode } from './delta-request.ts';

/** Decodes a client's message. Throws on bytes that are no protobuf, which ends that stream alone. */
export function decodeDeltaRequest(bytes: Buffer): DeltaRequest {
  const message = DeltaDiscoveryRequest.decode(bytes);
  return {
    typeUrl: message.typeUrl ?? '',
    node: message.node === undefined ? undefined : readNode(message.node),
    subscribe: message.resourceNamesSubscribe ?? [],
    unsubscribe: message.resourceNamesUnsubscribe ?? [],
    initialVersions: message.initialResourceVersions ?? new Map<string, string>(),
    nonce: message.responseNonce ?? '',
    error: message.errorDetail === undefined ? undefined : shortened(message.errorDetail.message ?? ''),
  };
}

function readNode({ id = '', cluster = '', userAgentVersionType }: Node): ProxyNode {
  const version = userAgentVersionType?.value.version;
  if (version === undefined) return { id, cluster };
  const { majorNumber = 0, minorNumber = 0, patch = 0 } = version;
  return { id, cluster, version: `${majorNumber}.${minorNumber}.${patch}` };
}

/** Limit in characters. Envoy's are shorter; a NACK's text is kept as long as the rejection. */
const maxErrorLength = 1024;

/** Returns a copy, as a part of a string keeps the whole in memory. */
function shortened(text: string): string {
  return text.length <= maxErrorLength ? text : Buffer.from(text.slice(0, maxErrorLength)).toString();
}
