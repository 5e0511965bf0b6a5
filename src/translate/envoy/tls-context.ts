import type { TransportSocket } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import {
  SubjectAltNameMatcher_SanType as SanType,
  TlsParameters_TlsProtocol,
  type SubjectAltNameMatcher,
  type TlsParameters,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common.ts';
import type { SdsSecretConfig } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import {
  DownstreamTlsContext,
  UpstreamTlsContext,
  type CommonTlsContext,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls.ts';
import type { ClientTlsIR } from '../client-ir.ts';
import type { TerminationIR } from '../listener-ir.ts';
import type { BackendTlsIR, ClusterIR, TlsParametersIR } from '../backend-ir.ts';
import { any } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { systemAuthorities } from './system-authorities.ts';

/** TLS from 1.2 on, unless a policy says otherwise. */
export function downstreamTls({ alpn, certificates, clients, settings }: TerminationIR): TransportSocket {
  return {
    name: 'envoy.transport_sockets.tls',
    configType: {
      $case: 'typedConfig',
      value: any(DownstreamTlsContext, {
        commonTlsContext: {
          tlsParams: tlsParameters(settings ?? {}),
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
        ...(settings === undefined ? {} : resumption(settings)),
      }),
    },
  };
}

/** Sessions go on only where a policy asks for it: one that is taken up again shows no certificate. */
function resumption({ resumesByTicket, resumesById }: ClientTlsIR): Partial<DownstreamTlsContext> {
  return {
    ...(resumesByTicket
      ? {}
      : { sessionTicketKeysType: { $case: 'disableStatelessSessionResumption', value: true } as const }),
    ...(resumesById ? {} : { disableStatefulSessionResumption: true }),
  };
}

/** TLS to a backend that proves one of the names, or the server name that it was sent; from 1.2 on by default. */
export function upstreamTls(
  { serverName, nameFrom, authorities, trustsSystem, certificate, parameters, names }: BackendTlsIR,
  protocol: ClusterIR['protocol'],
): TransportSocket {
  return {
    name: 'envoy.transport_sockets.tls',
    configType: {
      $case: 'typedConfig',
      value: any(UpstreamTlsContext, {
        commonTlsContext: {
          tlsParams: tlsParameters(parameters),
          ...alpnOf(protocol, parameters),
          ...(certificate === undefined ? {} : { tlsCertificateSdsSecretConfigs: [sdsSecret(certificate)] }),
          ...(authorities === undefined ? {} : { validationContextType: verified(authorities, names) }),
          ...(trustsSystem === true ? { validationContextType: verifiedBySystem(names) } : {}),
        },
        ...(serverName === undefined ? {} : { sni: serverName }),
        ...(nameFrom === 'endpoint' ? { autoHostSni: true } : {}),
        ...(authorities !== undefined && names.length === 0 ? { autoSniSanValidation: true } : {}),
      }),
    },
  };
}

function verified(
  authorities: string,
  names: BackendTlsIR['names'],
): NonNullable<CommonTlsContext['validationContextType']> {
  return {
    $case: 'combinedValidationContext',
    value: {
      // Names alone: Envoy refuses this without CAs, which the Secret has.
      defaultValidationContext: { matchTypedSubjectAltNames: names.map(nameMatcher) },
      validationContextSdsSecretConfig: sdsSecret(authorities),
    },
  };
}

function verifiedBySystem(
  names: BackendTlsIR['names'],
): NonNullable<CommonTlsContext['validationContextType']> {
  return {
    $case: 'validationContext',
    value: { trustedCa: systemAuthorities, matchTypedSubjectAltNames: names.map(nameMatcher) },
  };
}

function alpnOf(
  protocol: ClusterIR['protocol'],
  { alpnProtocols: own }: TlsParametersIR,
): { readonly alpnProtocols?: string[] } {
  if (own !== undefined) return own.length === 0 ? {} : { alpnProtocols: [...own] };
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

function tlsParameters(own: TlsParametersIR): TlsParameters {
  const { minVersion, maxVersion, ciphers = [], ecdhCurves = [], signatureAlgorithms = [] } = own;
  return {
    tlsMinimumProtocolVersion:
      minVersion === undefined ? tlsParams.tlsMinimumProtocolVersion : versions[minVersion],
    tlsMaximumProtocolVersion:
      maxVersion === undefined ? tlsParams.tlsMaximumProtocolVersion : versions[maxVersion],
    cipherSuites: [...ciphers],
    ecdhCurves: [...ecdhCurves],
    signatureAlgorithms: [...signatureAlgorithms],
  };
}

const versions = {
  Auto: TlsParameters_TlsProtocol.TLS_AUTO,
  '1.0': TlsParameters_TlsProtocol.TLSv1_0,
  '1.1': TlsParameters_TlsProtocol.TLSv1_1,
  '1.2': TlsParameters_TlsProtocol.TLSv1_2,
  '1.3': TlsParameters_TlsProtocol.TLSv1_3,
} as const;

const tlsParams = {
  tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
  tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
};

function sdsSecret(name: string): SdsSecretConfig {
  return { name, sdsConfig: adsConfigSource };
}
