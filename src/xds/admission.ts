import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto';
import type { GatewayProxies } from '../lib/tls-identity.ts';
import type { FleetKey } from '../units/fleet-key.ts';

/** Decision on whether a client may have a stream, and of which fleet's config. */
export type Admission = { readonly kind: 'admitted'; readonly fleet: FleetKey } | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly reason: 'certificate' | 'identity' | 'token';
  readonly details: string;
}

/** Rules that may change while clients are connected. Asked for each stream. */
export interface ClientRules {
  /** UID of the Gateway; undefined: it has none, or is not known now. */
  readonly uidOf: (fleet: FleetKey) => string | undefined;
  /** Serial numbers of certificates that are refused, as digits and upper-case letters. */
  readonly refusedSerials: () => ReadonlySet<string>;
}

/** Says why a certificate opens nothing any longer, whatever else is good about it; undefined: nothing is against it. */
export function revocation(
  certificate: X509Certificate,
  proxies: GatewayProxies | undefined,
  fleet: FleetKey | undefined,
  { uidOf, refusedSerials }: ClientRules,
): Refused | undefined {
  if (refusedSerials().has(certificate.serialNumber))
    return refused('certificate', 'the config refuses the serial number of the client certificate');
  const uid = fleet === undefined ? undefined : uidOf(fleet);
  const isOfAnother = proxies !== undefined && proxies.uid !== '' && uid !== undefined && proxies.uid !== uid;
  return isOfAnother
    ? refused('identity', `the client certificate is of an earlier Gateway ${fleet}: its UID is another one`)
    : undefined;
}

/**
 * Judges the token of a stream: plugins call by the connections of the proxy that they run in, with its certificate, and
 * have no token.
 */
export function judgeToken(
  shown: string | undefined,
  proxies: GatewayProxies,
  tokenOf: ((proxies: GatewayProxies) => string) | undefined,
): Refused | undefined {
  if (tokenOf === undefined) return undefined;
  const of = `the proxies of Gateway ${proxies.namespace}/${proxies.gateway}`;
  if (shown === undefined)
    return refused('token', `the stream has no x-sluice-token in its metadata, which ${of} have`);
  return isEqual(shown, tokenOf(proxies))
    ? undefined
    : refused('token', `the x-sluice-token of the stream is not that of ${of}`);
}

export function refused(reason: Refused['reason'], details: string): Refused {
  return { kind: 'refused', reason, details };
}

/** Takes the same time for all texts of a length. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
