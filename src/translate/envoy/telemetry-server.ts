import type { GrpcService } from '../../../proto/gen/envoy/config/core/v3/grpc_service.ts';
import type { TelemetryServerIR } from '../telemetry-ir.ts';

export function grpcService({ cluster, authority, headers }: TelemetryServerIR): GrpcService {
  return {
    targetSpecifier: { $case: 'envoyGrpc', value: { clusterName: cluster, authority } },
    ...(headers.length === 0 ? {} : { initialMetadata: headers.map(([key, value]) => ({ key, value })) }),
  };
}
