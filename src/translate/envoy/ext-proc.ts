import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import type { GrpcService } from '../../../proto/gen/envoy/config/core/v3/grpc_service.ts';
import { ExternalProcessor } from '../../../proto/gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts';
import {
  ProcessingMode_BodySendMode as Body,
  ProcessingMode_HeaderSendMode as Headers,
  type ProcessingMode,
} from '../../../proto/gen/envoy/extensions/filters/http/ext_proc/v3/processing_mode.ts';
import type { StatusCode } from '../../../proto/gen/envoy/type/v3/http_status.ts';
import type { ExtProcIR } from '../ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';

export function externalProcessor(extension: ExtProcIR): TypedExtensionConfig {
  const {
    name,
    cluster,
    authority,
    messageTimeoutMs,
    statusOnError,
    accessibleNamespaces,
    writableNamespaces,
  } = extension;
  const processor: ExternalProcessor = {
    grpcService: grpcService(cluster, authority),
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
    // The schema has accepted no other status.
    ...(statusOnError === undefined ? {} : { statusOnError: { code: statusOnError as StatusCode } }),
  };
  return { name, typedConfig: any(ExternalProcessor, processor) };
}

function grpcService(clusterName: string, authority: string): GrpcService {
  return { targetSpecifier: { $case: 'envoyGrpc', value: { clusterName, authority } } };
}

/** Sends trailers only where Envoy requires it: with bodies of both directions. */
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
