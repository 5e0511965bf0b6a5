import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { CustomHeaderConfig } from '../../../proto/gen/envoy/extensions/http/original_ip_detection/custom_header/v3/custom_header.ts';
import { XffConfig } from '../../../proto/gen/envoy/extensions/http/original_ip_detection/xff/v3/xff.ts';
import type { HttpConnectionManager } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import { StatusCode } from '../../../proto/gen/envoy/type/v3/http_status.ts';
import type { ClientHttpIR } from '../client-ir.ts';
import { any } from './any.ts';

type Detection = NonNullable<ClientHttpIR['clientIPDetection']>;

/** Says where the client's address is. Envoy asks an extension only where it does not use that of the connection. */
export function clientAddress(detection: Detection | undefined): Partial<HttpConnectionManager> {
  const found = detection && extension(detection);
  if (found === undefined) return { useRemoteAddress: true };
  return { useRemoteAddress: false, originalIpDetectionExtensions: [found] };
}

function extension({ xForwardedFor, customHeader }: Detection): TypedExtensionConfig | undefined {
  if (xForwardedFor !== undefined)
    return {
      name: 'envoy.extensions.http.original_ip_detection.xff',
      typedConfig: any(XffConfig, forwardedFor(xForwardedFor)),
    };
  if (customHeader === undefined) return undefined;
  const { name, failClosed } = customHeader;
  return {
    name: 'envoy.extensions.http.original_ip_detection.custom_header',
    typedConfig: any(CustomHeaderConfig, {
      headerName: name,
      allowExtensionToSetAddressAsTrusted: true,
      ...(failClosed ? { rejectWithStatus: { code: StatusCode.Forbidden } } : {}),
    }),
  };
}

/** Envoy counts addresses to skip, which is one less than trusted hops: https://github.com/envoyproxy/envoy/issues/34241 */
function forwardedFor({
  numTrustedHops = 0,
  trustedCIDRs,
  disableXForwardedForAppend,
}: NonNullable<Detection['xForwardedFor']>): XffConfig {
  return {
    ...(trustedCIDRs === undefined
      ? { xffNumTrustedHops: Math.max(numTrustedHops - 1, 0) }
      : { xffTrustedCidrs: { cidrs: trustedCIDRs.map(cidr) } }),
    skipXffAppend: disableXForwardedForAppend,
  };
}

function cidr(text: string) {
  const [addressPrefix = '', length] = text.split('/');
  return { addressPrefix, prefixLen: Number(length) };
}
