import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import type { GrpcService } from '../../../proto/gen/envoy/config/core/v3/grpc_service.ts';
import {
  ExternalProcessor,
  ExtProcPerRoute,
} from '../../../proto/gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts';
import {
  ProcessingMode_BodySendMode as Body,
  ProcessingMode_HeaderSendMode as Headers,
  type ProcessingMode,
} from '../../../proto/gen/envoy/extensions/filters/http/ext_proc/v3/processing_mode.ts';
import type { StatusCode } from '../../../proto/gen/envoy/type/v3/http_status.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { ExtProcIR } from '../ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { resource, type EncodedResource } from './resource.ts';

/** The ECDS resource of an external processor, but for the server, which routes name. */
export function extProcResource(extension: ExtProcIR): EncodedResource {
  const { name, messageTimeoutMs, statusOnError, accessibleNamespaces, writableNamespaces } = extension;
  const processor: ExternalProcessor = {
    grpcService: grpcService('named-by-routes', ''),
    failureModeAllow: extension.failOpen,
    processingMode: processingMode(extension),
    requestAttributes: [...(extension.request?.attributes ?? [])],
    responseAttributes: [...(extension.response?.attributes ?? [])],
    ...(messageTimeoutMs === undefined ? {} : { messageTimeout: duration(messageTimeoutMs) }),
    allowModeOverride: extension.allowModeOverride,
    observabilityMode: extension.isShadow,
    metadataOptions: {
      forwardingNamespaces: { untyped: [...accessibleNamespaces] },
      receivingNamespaces: { untyped: [...writableNamespaces] },
    },
    // The door has let in no other statuses.
    ...(statusOnError === undefined ? {} : { statusOnError: { code: statusOnError as StatusCode } }),
  };
  return resource(TypedExtensionConfig, name, { name, typedConfig: any(ExternalProcessor, processor) });
}

/**
 * What a route says of an external processor. The server is named here, as routes are sent when their clusters are there and
 * clusters go when no route names them, which holds of no plugin.
 */
export function extProcOnRoute({
  cluster,
  authority,
}: {
  readonly cluster: string;
  readonly authority: string;
}): Any {
  const overrides = { grpcService: grpcService(cluster, authority) };
  return any(ExtProcPerRoute, { override: { $case: 'overrides', value: overrides } });
}

function grpcService(clusterName: string, authority: string): GrpcService {
  return { targetSpecifier: { $case: 'envoyGrpc', value: { clusterName, authority } } };
}

/** Trailers go along only where Envoy asks for it, which is with bodies of both directions at once. */
function processingMode({ request, response }: ExtProcIR): ProcessingMode {
  return {
    requestHeaderMode: headers(request !== undefined),
    responseHeaderMode: headers(response !== undefined),
    requestBodyMode: bodies[request?.body ?? 'None'],
    responseBodyMode: bodies[response?.body ?? 'None'],
    requestTrailerMode: headers(request?.body === 'FullDuplexStreamed'),
    responseTrailerMode: headers(response?.body === 'FullDuplexStreamed'),
  };
}

function headers(areSent: boolean): Headers {
  return areSent ? Headers.SEND : Headers.SKIP;
}

const bodies = {
  None: Body.NONE,
  Streamed: Body.STREAMED,
  Buffered: Body.BUFFERED,
  BufferedPartial: Body.BUFFERED_PARTIAL,
  FullDuplexStreamed: Body.FULL_DUPLEX_STREAMED,
} as const;
