import {
  HttpProtocolOptions_HeadersWithUnderscoresAction as UnderscoresAction,
  type Http1ProtocolOptions,
  type HttpProtocolOptions,
} from '../../../proto/gen/envoy/config/core/v3/protocol.ts';
import { PreserveCaseFormatterConfig } from '../../../proto/gen/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case.ts';
import {
  HttpConnectionManager_ForwardClientCertDetails as ForwardDetails,
  HttpConnectionManager_PathWithEscapedSlashesAction as SlashesAction,
  type HttpConnectionManager,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { ClientHttpIR } from '../client-ir.ts';
import { any } from './any.ts';
import { clientAddress } from './client-address.ts';
import { duration } from './duration.ts';
import { earlyMutation } from './header-mutations.ts';
import { http2Options } from './http2-options.ts';
import { textMatch } from './text-match.ts';

/** Returns the fields of the HTTP server that a policy may change. Their defaults are those of an edge proxy. */
export function clientHttp(clients: ClientHttpIR | undefined): Partial<HttpConnectionManager> {
  const { path, timeout, connection, http1, http2, scheme } = clients ?? {};
  const { requestReceivedTimeout, requestHeadersReceivedTimeout, streamIdleTimeout } = timeout?.http ?? {};
  const { maxConnectionDuration } = connection?.connectionLimit ?? {};
  const http1Options = optionsOfHttp1(http1, clients?.defaultHost);
  return {
    ...clientAddress(clients?.clientIPDetection),
    mergeSlashes: path?.disableMergeSlashes !== true,
    pathWithEscapedSlashesAction: slashesActions[path?.escapedSlashesAction ?? 'UnescapeAndRedirect'],
    commonHttpProtocolOptions: commonOptions(clients),
    http2ProtocolOptions: http2Options(http2, 100),
    ...(http1Options === undefined ? {} : { httpProtocolOptions: http1Options }),
    ...headerFields(clients?.headers),
    ...(scheme === 'MatchBackend' ? { schemeHeaderTransformation: { matchUpstream: true } } : {}),
    ...(requestReceivedTimeout === undefined ? {} : { requestTimeout: duration(requestReceivedTimeout) }),
    ...(requestHeadersReceivedTimeout === undefined
      ? {}
      : { requestHeadersTimeout: duration(requestHeadersReceivedTimeout) }),
    ...(streamIdleTimeout === undefined ? {} : { streamIdleTimeout: duration(streamIdleTimeout) }),
    ...(maxConnectionDuration === undefined || http1?.disableSafeMaxConnectionDuration === true
      ? {}
      : { http1SafeMaxConnectionDuration: true }),
  };
}

const slashesActions = {
  KeepUnchanged: SlashesAction.KEEP_UNCHANGED,
  RejectRequest: SlashesAction.REJECT_REQUEST,
  UnescapeAndRedirect: SlashesAction.UNESCAPE_AND_REDIRECT,
  UnescapeAndForward: SlashesAction.UNESCAPE_AND_FORWARD,
};

const underscoresActions = {
  Allow: UnderscoresAction.ALLOW,
  RejectRequest: UnderscoresAction.REJECT_REQUEST,
  DropHeader: UnderscoresAction.DROP_HEADER,
};

function commonOptions(clients: ClientHttpIR | undefined): HttpProtocolOptions {
  const { maxConnectionDuration, maxStreamDuration, maxRequestsPerConnection } =
    clients?.connection?.connectionLimit ?? {};
  const idle = clients?.timeout?.http?.idleTimeout;
  return {
    headersWithUnderscoresAction:
      underscoresActions[clients?.headers?.withUnderscoresAction ?? 'RejectRequest'],
    ...(idle === undefined ? {} : { idleTimeout: duration(idle) }),
    ...(maxConnectionDuration === undefined
      ? {}
      : { maxConnectionDuration: duration(maxConnectionDuration) }),
    ...(maxStreamDuration === undefined ? {} : { maxStreamDuration: duration(maxStreamDuration) }),
    ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
  };
}

/** Returns undefined when the policy asks for nothing. */
function optionsOfHttp1(
  http1: ClientHttpIR['http1'],
  defaultHost: string | undefined,
): Http1ProtocolOptions | undefined {
  const ignored = http1?.ignoredUpgradeTypes ?? [];
  const options: Http1ProtocolOptions = {
    ...(http1?.enableTrailers === true ? { enableTrailers: true } : {}),
    ...(http1?.preserveHeaderCase === true ? { headerKeyFormat: preservedCase } : {}),
    ...(http1?.http10 === undefined ? {} : { acceptHttp10: true }),
    ...(defaultHost === undefined ? {} : { defaultHostForHttp10: defaultHost }),
    ...(ignored.length === 0 ? {} : { ignoreHttp11Upgrade: ignored.map(textMatch) }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

const preservedCase: NonNullable<Http1ProtocolOptions['headerKeyFormat']> = {
  headerFormat: {
    $case: 'statefulFormatter',
    value: { name: 'preserve_case', typedConfig: any(PreserveCaseFormatterConfig, {}) },
  },
};

function headerFields(headers: ClientHttpIR['headers']): Partial<HttpConnectionManager> {
  const { earlyRequestHeaders: early, xForwardedClientCert: certificate, host } = headers ?? {};
  return {
    ...(early === undefined ? {} : { earlyHeaderMutationExtensions: [earlyMutation(early)] }),
    ...(certificate === undefined ? {} : forwardedCertificate(certificate)),
    ...(host?.stripTrailingHostDot === true ? { stripTrailingHostDot: true } : {}),
    ...requestId(headers),
  };
}

const forwardDetails = {
  Sanitize: ForwardDetails.SANITIZE,
  ForwardOnly: ForwardDetails.FORWARD_ONLY,
  AppendForward: ForwardDetails.APPEND_FORWARD,
  SanitizeSet: ForwardDetails.SANITIZE_SET,
  AlwaysForwardOnly: ForwardDetails.ALWAYS_FORWARD_ONLY,
};

function forwardedCertificate({
  mode,
  certDetailsToAdd,
}: NonNullable<
  NonNullable<ClientHttpIR['headers']>['xForwardedClientCert']
>): Partial<HttpConnectionManager> {
  const details = new Set(certDetailsToAdd);
  if (mode === 'Sanitize') return {};
  return {
    forwardClientCertDetails: forwardDetails[mode],
    ...(details.size === 0
      ? {}
      : {
          setCurrentClientCertDetails: {
            ...(details.has('Subject') ? { subject: true } : {}),
            cert: details.has('Cert'),
            chain: details.has('Chain'),
            dns: details.has('DNS'),
            uri: details.has('URI'),
          },
        }),
  };
}

function requestId(headers: ClientHttpIR['headers']): Partial<HttpConnectionManager> {
  const action =
    headers?.requestID ?? (headers?.preserveXRequestID === true ? 'PreserveOrGenerate' : 'Generate');
  return {
    ...(action === 'Preserve' || action === 'Disable' ? { generateRequestId: false } : {}),
    ...(action === 'Preserve' || action === 'PreserveOrGenerate' ? { preserveExternalRequestId: true } : {}),
  };
}
