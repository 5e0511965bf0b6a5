import type { TransportSocket } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import { TlsParameters_TlsProtocol } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common.ts';
import type { SdsSecretConfig } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import { DownstreamTlsContext } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls.ts';
import type { TerminationIR } from '../listener-ir.ts';
import { any } from './any.ts';
import { adsConfigSource } from './config-source.ts';

/** TLS from 1.2 on. */
export function downstreamTls({ alpn, certificates, clients }: TerminationIR): TransportSocket {
  return {
    name: 'envoy.transport_sockets.tls',
    configType: {
      $case: 'typedConfig',
      value: any(DownstreamTlsContext, {
        commonTlsContext: {
          tlsParams: {
            tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
            tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
          },
          ...(alpn.length === 0 ? {} : { alpnProtocols: [...alpn] }),
          tlsCertificateSdsSecretConfigs: certificates.map(sdsSecret),
          ...(clients === undefined
            ? {}
            : {
                validationContextType: {
                  $case: 'validationContextSdsSecretConfig',
                  value: sdsSecret(clients.authorities),
                },
              }),
        },
        ...(clients === undefined ? {} : { requireClientCertificate: clients.isRequired }),
      }),
    },
  };
}

function sdsSecret(name: string): SdsSecretConfig {
  return { name, sdsConfig: adsConfigSource };
}
