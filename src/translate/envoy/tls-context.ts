import type { TransportSocket } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import {
  SubjectAltNameMatcher_SanType as SanType,
  TlsParameters_TlsProtocol,
  type SubjectAltNameMatcher,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common.ts';
import type { SdsSecretConfig } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import {
  DownstreamTlsContext,
  UpstreamTlsContext,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls.ts';
import type { TerminationIR } from '../listener-ir.ts';
import type { BackendTlsIR, ClusterIR } from '../backend-ir.ts';
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
          tlsParams,
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

/** TLS from 1.2 on, to a backend that proves one of the names. */
export function upstreamTls(
  { serverName, authorities, certificate, names }: BackendTlsIR,
  protocol: ClusterIR['protocol'],
): TransportSocket {
  return {
    name: 'envoy.transport_sockets.tls',
    configType: {
      $case: 'typedConfig',
      value: any(UpstreamTlsContext, {
        commonTlsContext: {
          tlsParams,
          ...alpnOf(protocol),
          ...(certificate === undefined ? {} : { tlsCertificateSdsSecretConfigs: [sdsSecret(certificate)] }),
          validationContextType: {
            $case: 'combinedValidationContext',
            value: {
              // Names alone: Envoy refuses this without CAs, which the Secret has.
              defaultValidationContext: { matchTypedSubjectAltNames: names.map(nameMatcher) },
              validationContextSdsSecretConfig: sdsSecret(authorities),
            },
          },
        },
        sni: serverName,
      }),
    },
  };
}

function alpnOf(protocol: ClusterIR['protocol']): { readonly alpnProtocols?: string[] } {
  if (protocol === 'http1') return { alpnProtocols: ['http/1.1'] };
  return protocol === 'http2' ? { alpnProtocols: ['h2'] } : {};
}

/** Envoy compares an exact DNS name with wildcards of certificates as a client does. */
function nameMatcher({ type, value }: BackendTlsIR['names'][number]): SubjectAltNameMatcher {
  if (type === 'URI') return { sanType: SanType.URI, matcher: { matchPattern: { $case: 'exact', value } } };
  return value.startsWith('*.')
    ? {
        sanType: SanType.DNS,
        matcher: { matchPattern: { $case: 'suffix', value: value.slice(1) }, ignoreCase: true },
      }
    : { sanType: SanType.DNS, matcher: { matchPattern: { $case: 'exact', value } } };
}

const tlsParams = {
  tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
  tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
};

function sdsSecret(name: string): SdsSecretConfig {
  return { name, sdsConfig: adsConfigSource };
}
